import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLog, type LogOptions, silentLog } from '../../lib/log.ts'

function logTo(options: Omit<LogOptions, 'write' | 'now'> = {}) {
  const lines: string[] = []
  const log = createLog({ ...options, write: (line) => lines.push(line), now: () => 0 })
  return { log, lines }
}

test('text: time, level, event, fields; what has spaces or quotes is quoted', () => {
  const { log, lines } = logTo()
  log.info('task started', { task: 7, name: 'two words', plain: 'one', none: undefined })
  log.warn('bare')
  log.warn('odd', { reason: new Error('no disk'), sizes: [1, 2n, { at: new Error('in') }] })
  assert.deepEqual(lines, [
    '1970-01-01T00:00:00.000Z info  task started task=7 name="two words" plain=one\n',
    '1970-01-01T00:00:00.000Z warn  bare\n',
    '1970-01-01T00:00:00.000Z warn  odd reason="no disk" sizes=[1,"2",{"at":"in"}]\n',
  ])
})

test('a field cannot begin a line of its own', () => {
  const { log, lines } = logTo()
  log.error('odd', { name: 'x\n1970-01-01T00:00:00.000Z info  forged' })
  assert.equal(lines.length, 1)
  assert.equal(lines[0]?.split('\n').length, 2)
})

test('what would drive a terminal is written out', () => {
  const { log, lines } = logTo()
  log.warn('odd', { name: '\x1b[2Jgone\x9b2J' })
  assert.match(lines[0] ?? '', /odd name="\\u001b\[2Jgone\\u009b2J"\n$/)
})

test('json: one object a line; errors as their message, bigints as text', () => {
  const { log, lines } = logTo({ format: 'json' })
  log.error('broken', { reason: new Error('no disk'), bytes: 10n, nested: { at: new Error('in') } })
  assert.deepEqual(JSON.parse(lines[0] ?? ''), {
    time: '1970-01-01T00:00:00.000Z',
    level: 'error',
    event: 'broken',
    reason: 'no disk',
    bytes: '10',
    nested: { at: 'in' },
  })
})

test('what is below the level is not written', () => {
  const { log, lines } = logTo({ level: 'warn' })
  log.debug('a')
  log.info('b')
  log.warn('c')
  log.error('d')
  assert.equal(lines.length, 2)
})

test('a child has the fields of its parents on every line, its own win', () => {
  const { log, lines } = logTo()
  const child = log.child({ runner: 1 }).child({ task: 2 })
  child.info('event', { task: 3 })
  log.info('event')
  assert.match(lines[0] ?? '', /event runner=1 task=3\n$/)
  assert.match(lines[1] ?? '', /event\n$/)
})

test('the silent log is silent in every generation', () => {
  assert.equal(silentLog.child({ a: 1 }), silentLog)
})
