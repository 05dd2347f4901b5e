import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createStatusLine, statusText } from '../../cli/status-line.ts'

const idle = { runner: 7, connected: true, draining: false, running: 0, undelivered: 0 }

test('the status says what matters and nothing else', () => {
  assert.equal(statusText(idle), 'runner 7 · connected · idle')
  const busy = { ...idle, connected: false, draining: true, running: 2, undelivered: 12 }
  const text = 'runner 7 · not connected · draining · 2 running · 12 chunks of log to deliver'
  assert.equal(statusText(busy), text)
})

test('the log scrolls above the status, which never wraps', () => {
  const written: string[] = []
  const stream = { columns: 10, write: (text: string) => written.push(text) }
  const line = createStatusLine(stream as unknown as NodeJS.WriteStream)
  line.show('0123456789abc')
  line.write('a log line\n')
  line.clear()
  assert.deepEqual(written, ['\r\x1b[2K012345678', '\r\x1b[2Ka log line\n012345678', '\r\x1b[2K'])
})
