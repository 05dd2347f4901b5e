import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTerminalText, plainLine } from '../../cli/terminal-text.ts'

const shown = (colour: boolean, ...pieces: string[]) => {
  const filter = createTerminalText(colour)
  return pieces.map((piece) => filter.push(piece)).join('') + filter.end()
}

test('colours stay where they are wanted', () => {
  const text = '\x1b[1;32mok\x1b[0m \x1b[38:2::1:2:3mrgb\x1b[m\tx\r\n'
  assert.equal(shown(true, text), text)
  assert.equal(shown(false, text), 'ok rgb\tx\r\n')
})

test('whatever could steer the terminal goes', () => {
  const cases: [what: string, text: string][] = [
    ['title', 'a\x1b]0;owned\x07b'],
    ['link', 'a\x1b]8;;http://x\x1b\\b'],
    ['clipboard', 'a\x1b]52;c;eA==\x1b\\b'],
    ['device control', 'a\x1bP$q"p\x1b\\b'],
    ['cursor and erase', 'a\x1b[2J\x1b[H\x1b[1;1Hb'],
    ['modes', 'a\x1b[?1049h\x1b[?25lb'],
    ['queries', 'a\x1b[6n\x1b[cb'],
    ['a colour sequence with an intermediate', 'a\x1b[1 mb'],
    ['full reset', 'a\x1bcb'],
    ['character sets', 'a\x1b(0b'],
    ['single controls', 'a\x00\x07\x08\x0e\x7fb'],
    ['8-bit controls', 'a\x9b2J\x9d0;x\x9cb'.replace('2J', '')],
  ]
  for (const [what, text] of cases) assert.equal(shown(true, text), 'ab', what)
})

test('a sequence may be cut anywhere', () => {
  const text = 'a\x1b]0;title\x1b\\b\x1b[31mred\x1b[0m\x1b[2Jc'
  for (let cut = 1; cut < text.length; cut++) {
    const pieces = [text.slice(0, cut), text.slice(cut)]
    assert.equal(shown(true, ...pieces), 'ab\x1b[31mred\x1b[0mc', `cut at ${cut}`)
  }
  assert.equal(shown(true, ...text), 'ab\x1b[31mred\x1b[0mc')
})

test('a sequence that never ends hides nothing for ever', () => {
  assert.equal(shown(true, 'a\x1b]0;', 'rest'), 'a]0;rest')
  const long = 'x'.repeat(70_000)
  const filter = createTerminalText(true)
  assert.ok(filter.push(`\x1b]0;${long}`).endsWith(long))
  assert.equal(filter.push('after'), 'after')
})

test('a name is one line', () => {
  assert.equal(plainLine('a\nb\x1b[31m c\x1b]0;x\x07'), 'a b c')
})
