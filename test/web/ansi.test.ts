import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseLine, plainText } from '../../web/log/ansi.ts'

const looks = (line: string) => parseLine(line).pieces.map(({ text, look }) => [text, look])

test('colours and weights, of the palette, of 256 and of all', () => {
  assert.deepEqual(looks('a \x1b[31mred\x1b[1m bold\x1b[22m\x1b[0m z'), [
    ['a ', {}],
    ['red', { fg: 1 }],
    [' bold', { fg: 1, bold: true }],
    [' z', {}],
  ])
  assert.deepEqual(looks('\x1b[0;92mx'), [['x', { fg: 10 }]])
  assert.deepEqual(looks('\x1b[38;5;196mx'), [['x', { fg: 'rgb(255 0 0)' }]])
  assert.deepEqual(looks('\x1b[48;2;1;2;3;4mx'), [['x', { bg: 'rgb(1 2 3)', underline: true }]])
  assert.deepEqual(looks('\x1b[38;2;999;0;0mx'), [['x', {}]])
})

test('a look goes on in the next line', () => {
  const { look } = parseLine('\x1b[35mone')
  assert.deepEqual(parseLine('two', look).pieces, [{ text: 'two', look: { fg: 5 } }])
})

test('what a progress bar wrote last counts', () => {
  assert.equal(plainText('10 %\r50 %\r100 %\r'), '100 %')
  assert.deepEqual(looks('\x1b[32m10 %\r100 %'), [['100 %', { fg: 2 }]])
})

test('titles, links, cursor moves and other controls say nothing', () => {
  assert.equal(plainText('a\x1b]0;title\x07b'), 'ab')
  assert.equal(plainText('a\x1b]8;;javascript:alert(1)\x1b\\link\x1b]8;;\x1b\\b'), 'alinkb')
  assert.equal(plainText('a\x1b]8;;http://x'), 'a')
  assert.equal(plainText('a\x1b[2J\x1b[1;1H\x1b[?25lb\x1bc\x1b(Bd'), 'abd')
  assert.equal(plainText('a\x1bPq#0\x1b\\b\x00\x07\x08c\x9b2Jd'), 'abcd')
  assert.equal(plainText('a\tb'), 'a\tb')
})

test('what turns text around is shown by its name', () => {
  assert.equal(plainText('a\u202egpj.exe'), 'a⟨U+202E⟩gpj.exe')
  assert.equal(plainText('\u2066x\u2069'), '⟨U+2066⟩x⟨U+2069⟩')
})

test('whatever a log says: no control, no turning, and plain text as it was', () => {
  const nasty = fc.array(
    fc.constantFrom('\x1b', '[', ']', '3', '8', ';', 'm', '\x07', '\r', '\u202e', 'x', '\\', '<b>'),
  )
  fc.assert(
    fc.property(nasty, (parts) => {
      assert.doesNotMatch(
        plainText(parts.join('')),
        /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/,
      )
    }),
  )
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => {
      assert.equal(plainText(text), text)
    }),
  )
})
