import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LineReader } from '../../../runner/job/lines.ts'

function read(...pieces: (string | Buffer)[]): string[] {
  const lines: string[] = []
  const reader = new LineReader((line) => lines.push(line))
  for (const piece of pieces) reader.push(Buffer.from(piece))
  reader.end()
  return lines
}

test('lines are whole however they come, in characters too', () => {
  const bytes = Buffer.from('grün\n\nlast')
  const wanted = ['grün', '', 'last']
  assert.deepEqual(read(bytes), wanted)
  assert.deepEqual(read(...Array.from(bytes, (byte) => Buffer.from([byte]))), wanted)
})

test('colours and carriage returns are no part of a line', () => {
  assert.deepEqual(read('\x1b[0;32mok\x1b[0m: [a]\r\n\x1b[1;38;5;9mred\n'), ['ok: [a]', 'red'])
})

test('of an endless line only the beginning is kept', () => {
  const lines = read(...Array.from({ length: 100 }, () => 'x'.repeat(1000)), '\nnext\n')
  assert.deepEqual(
    lines.map((line) => line.length),
    [4096, 4],
  )
})
