import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Tree } from '../../cli/arguments.ts'
import { allCommands } from '../../cli/commands/index.ts'
import { bin, createProgram } from '../../cli/commands/program.ts'
import { bashCompletion } from '../../cli/completion/bash.ts'
import { fishCompletion } from '../../cli/completion/fish.ts'
import { type Place, placesOf } from '../../cli/completion/places.ts'
import { zshCompletion } from '../../cli/completion/zsh.ts'
import { outstation } from './outstation.ts'

const { tree } = createProgram(allCommands) as unknown as { tree: Tree }
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

/** The line that a real zsh makes of this one when Tab is pressed. */
function completedByZsh(t: TestContext, line: string, files: Record<string, string>): string {
  const script = `
zmodload zsh/zpty
zpty shell zsh -i
zpty -r -m shell shown '*ready>*'
zpty -n -w shell "$1"$'\\t'
zpty -r -m shell shown '*<*>*'
print -r -- "\${\${shown##*<}%%>*}"
zpty -d shell`
  const ZDOTDIR = folderOf(t, files)
  return answerOf('zsh', ['-f', '-c', script, 'zsh', line], { ZDOTDIR, TERM: 'dumb' })
}

const tellTheLine = `
complete-and-tell() { zle expand-or-complete; zle -I; print -r -- "<$BUFFER>" }
zle -N complete-and-tell
bindkey '^I' complete-and-tell
PS1='ready>'
`

test('zsh completes a command and a flag, at the first Tab', { skip: missing('zsh') }, (t) => {
  const completion = zshCompletion(bin, places)
  const start = 'autoload -Uz compinit && compinit -u -D'
  const ways = [
    { '.zshrc': `${start}; source $ZDOTDIR/own.zsh; ${tellTheLine}`, 'own.zsh': completion },
    { '.zshrc': `fpath=($ZDOTDIR $fpath); ${start}; ${tellTheLine}`, [`_${bin}`]: completion },
  ]
  for (const files of ways) {
    for (const [typed, line] of [
      ['runner re', 'runner register'],
      ['runner register --registration', 'runner register --registration-token-file'],
      ['runner --config start doc', 'runner --config start doctor'],
    ] as const) {
      assert.equal(completedByZsh(t, `${bin} ${typed}`, files), `${bin} ${line}`)
    }
  }
})

test('fish completes a command and a flag', { skip: missing('fish') }, (t) => {
  const folder = folderOf(t, { [`fish/completions/${bin}.fish`]: fishCompletion(bin, places) })
  // fish loads completions for programs alone that are there.
  writeFileSync(join(folder, bin), '', { mode: 0o755 })
  const PATH = `${folder}:${process.env.PATH}`
  const env = { PATH, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder, HOME: folder }
  const completed = (typed: string) =>
    answerOf('fish', ['-c', 'complete -C $argv[1]', `${bin} ${typed}`], env).split('\n')
  assert.deepEqual(completed('runner reg'), [
    'register\tGet a token for this runner from the server',
  ])
  assert.deepEqual(completed('runner register --registration'), [
    '--registration-token-file\tHolds the registration token',
  ])
  assert.deepEqual(completed('runner --config start doc'), [
    'doctor\tLook for what keeps this runner from working',
  ])
})

/** The reason to skip what needs a shell, or false. */
function missing(shell: string): string | false {
  if (spawnSync(shell, ['--version']).status === 0) return false
  assert.ok(!process.env.CI, `${shell} is not installed`)
  return `${shell} is not installed`
}

function folderOf(t: TestContext, files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'outstation-completion-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

function answerOf(shell: string, args: string[], env: Record<string, string>): string {
  const { PATH = '' } = process.env
  const options = { encoding: 'utf8', env: { PATH, ...env }, timeout: 60_000 } as const
  const { stdout, stderr, status } = spawnSync(shell, args, options)
  assert.deepEqual([status, stderr], [0, ''])
  return stdout.trimEnd().replace('\r', '')
}

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
