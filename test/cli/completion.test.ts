import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import type { Tree } from '../../cli/arguments.ts'
import { bin, createProgram } from '../../cli/commands/index.ts'
import { bashCompletion } from '../../cli/completion/bash.ts'
import { fishCompletion } from '../../cli/completion/fish.ts'
import { type Place, placesOf } from '../../cli/completion/places.ts'
import { zshCompletion } from '../../cli/completion/zsh.ts'
import { outstation } from './outstation.ts'

const { tree } = createProgram() as unknown as { tree: Tree }
const places = placesOf(tree)

/** What bash offers for a line; its last word is the one that is being typed. */
function offered(...words: string[]): string[] {
  const line = [bin, ...words].map((word) => `'${word}'`).join(' ')
  const script = `${bashCompletion(bin, places)}
COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _${bin}; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr } = spawnSync('bash', ['-c', script], { encoding: 'utf8', cwd: '/' })
  assert.equal(stderr, '')
  return stdout.split('\n').filter(Boolean)
}

test('bash completes commands, their second words and their flags', () => {
  assert.deepEqual(offered('ru'), ['runner'])
  assert.deepEqual(offered('serv'), ['server', 'service'])
  assert.deepEqual(offered('runner', 're'), ['register'])
  assert.deepEqual(offered('runner', 'register', '--reg'), ['--registration-token-file'])
  assert.deepEqual(offered('service', '--conf'), ['--config'])
  assert.deepEqual(offered('user', 'change-by-email', '--pass'), ['--password', '--password-file'])
  assert.deepEqual(offered('nonsense', ''), [])
})

test('bash knows the value of a flag from a command, and completes files where one belongs', () => {
  assert.deepEqual(offered('runner', '--config', 'start', 'doc'), ['doctor'])
  assert.deepEqual(offered('runner', '--config', '=', 'x', 'doc'), ['doctor'])
  assert.deepEqual(offered('server', '--config', '/et'), ['/etc'])
  assert.deepEqual(offered('server', '--config', '=', '/et'), ['/etc'])
  assert.deepEqual(offered('task', 'run', '--project', 'x'), [])
})

test('every command and every flag is in each of the three', () => {
  const scripts = [bashCompletion, zshCompletion, fishCompletion].map((make) => make(bin, places))
  const all = places.flatMap(({ words, flags }: Place) => [
    ...words.map(({ word }) => word),
    ...flags.map(({ name }) => name),
  ])
  assert.ok(all.length > 200)
  for (const script of scripts) {
    for (const word of all) assert.ok(script.includes(word), `${script.slice(0, 40)}: ${word}`)
  }
})

test('a quote in a description ends no word of the shell', () => {
  const place: Place = { at: '', words: [{ word: 'w', says: "it's: \\" }], flags: [] }
  assert.ok(zshCompletion('x', [place]).includes(String.raw`'w:it'\''s\: \'`))
  assert.ok(fishCompletion('x', [place]).includes(String.raw`-d 'it\'s: \\'`))
})

test('the command prints it, and refuses another shell', async () => {
  const [bash, other] = await Promise.all([
    outstation(['completion', 'bash']),
    outstation(['completion', 'tcsh']),
  ])
  assert.deepEqual([bash.code, bash.stdout], [0, bashCompletion(bin, places)])
  assert.equal(other.code, 2)
  assert.match(other.stderr, /^outstation: expected bash, zsh, fish, got "tcsh"\n$/)
})
