import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, beforeEach, test } from 'node:test'
import { loadRunnerConfig } from '../../runner/config.ts'
import { inTerminal, noTerminal } from '../cli/in-terminal.ts'
import { outstation } from '../cli/outstation.ts'
import { registrationToken, startRegistrar } from '../kit/registrar.ts'

const registrar = await startRegistrar()
after(() => registrar.close())

let folder: string
let configFile: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'outstation-setup-'))
  configFile = join(folder, 'deep', 'er', 'runner.json')
})
afterEach(() => rmSync(folder, { recursive: true }))

const setup = (answers: string[], flags: string[] = []) =>
  outstation(['runner', 'setup', '--config', configFile, ...flags], {
    input: answers.map((answer) => `${answer}\n`).join(''),
  })
const load = () => loadRunnerConfig({ configFile, env: {} })
const mode = (file: string) => statSync(file).mode & 0o777

test("Semaphore's piped answers: no token yet", async () => {
  const tokenFile = join(folder, 'token')
  const { code, stdout, stderr } = await setup([
    'https://server:3000/',
    'yes',
    tokenFile,
    'no',
    'no',
  ])
  assert.deepEqual([code, stderr], [0, ''])
  assert.match(stdout, /runner register --stdin-registration-token --config .*runner\.json\n/)
  assert.match(stdout, /outstation runner --config .*runner\.json\n$/)
  assert.equal(mode(configFile), 0o600)
  assert.equal(mode(join(folder, 'deep')), 0o700)
  assert.match(readFileSync(configFile, 'utf8'), /\/\/ The server\./)
  const { web_host, runner, warnings } = load()
  assert.equal(web_host, 'https://server:3000')
  assert.equal(runner.token_file, tokenFile)
  assert.deepEqual(warnings, [])
})

test("Semaphore's piped answers: a token, kept in the configuration; more lines than questions", async () => {
  const { code, stdout } = await setup([
    'https://server:3000',
    'no',
    'yes',
    'the-token',
    'no',
    './',
  ])
  assert.equal(code, 0)
  assert.equal(load().runner.token, 'the-token')
  assert.equal(load().runner.token_file, undefined)
  assert.doesNotMatch(stdout, /runner register|the-token/)
})

test('a token of its own file is written there, private', async () => {
  const tokenFile = join(folder, 'keys', 'token')
  assert.equal((await setup(['https://s', 'yes', tokenFile, 'y', 'the-token'])).code, 0)
  assert.deepEqual([readFileSync(tokenFile, 'utf8'), mode(tokenFile)], ['the-token\n', 0o600])
  assert.doesNotMatch(readFileSync(configFile, 'utf8'), /the-token/)
})

test('it registers at once, if wanted', async () => {
  const answers = [registrar.url, 'yes', join(folder, 'token'), 'no', 'yes', registrationToken]
  const { code, stdout, stderr } = await setup(answers, ['--ca-fingerprint', registrar.fingerprint])
  assert.deepEqual([code, stderr], [0, ''])
  assert.match(stdout, /Registered as runner 1\n/)
  assert.match(readFileSync(join(folder, 'token'), 'utf8'), /^token 1\n$/)
})

test('Semaphore asks for a folder, its release 2.13 before that for a private key', async () => {
  const own = (answers: string[]) =>
    outstation(['runner', 'setup'], { input: answers.map((answer) => `${answer}\n`).join('') })
  const written = join(folder, 'config.runner.json')
  for (const last of [[folder], ['no', folder], ['yes', './config.runner.key', `${folder}/`]]) {
    const { code, stdout, stderr } = await own(['https://s', 'no', 'yes', 'the-token', ...last])
    assert.deepEqual([code, stderr], [0, ''], last.join(' '))
    assert.match(stdout, new RegExp(`Configuration written to ${written}\n`))
    assert.equal(loadRunnerConfig({ configFile: written, env: {} }).runner.token, 'the-token')
    rmSync(written)
  }
})

test("an empty line is Semaphore's usual answer: no", async () => {
  const { code } = await setup(['https://server:3000', '', 'yes', 'the-token'])
  assert.equal(code, 0)
  assert.equal(load().runner.token, 'the-token')
})

test('it writes YAML where the name says so, and registers with it', async () => {
  configFile = join(folder, 'runner.yaml')
  const answers = [registrar.url, 'no', 'no', 'yes', registrationToken]
  const { code, stderr } = await setup(answers, ['--ca-fingerprint', registrar.fingerprint])
  assert.deepEqual([code, stderr], [0, ''])
  const text = readFileSync(configFile, 'utf8')
  for (const line of [
    '# The server.\nweb_host: "https://127',
    '# tmp_path: "/',
    'runner:\n  # The token',
    '  # webhook: "https://host/path"    called before',
    '  max_parallel_tasks: 0\n',
  ]) {
    assert.ok(text.includes(line), text)
  }
  assert.match(String(load().runner.token), /^token \d+$/)
})

test("Semaphore's answers, typed at a terminal", { skip: noTerminal }, async () => {
  const token = join(folder, 'token')
  const registered = registrar.registered.length
  const { code, text } = await inTerminal(
    ['runner', 'setup', '--config', configFile],
    [
      ['Server URL', registrar.url],
      ['Keep the token in a file', 'yes'],
      ['Path of that file', token],
      ["Do you have the runner's token?", 'no'],
      ['Register the runner on the server now?', 'yes'],
      ['Registration token', registrationToken],
      ['Fingerprint of its CA', registrar.fingerprint],
    ],
  )
  assert.equal(code, 0, text)
  assert.match(text, /Registered as runner \d+/)
  assert.equal(registrar.registered.length, registered + 1)
  assert.match(readFileSync(token, 'utf8'), /^token \d+\n$/)
  assert.doesNotMatch(text, new RegExp(registrationToken))
})

test('every question has a flag', async () => {
  const registration = join(folder, 'registration')
  writeFileSync(registration, registrationToken)
  const flags = [
    ...['--yes', '--web-host', registrar.url, '--token-file', join(folder, 'token')],
    ...['--registration-token-file', registration, '--ca-fingerprint', registrar.fingerprint],
    ...['--name', '0123', '--tmp-path', join(folder, 'tmp'), '--max-parallel-tasks', '3'],
  ]
  const { code, stderr } = await setup([], flags)
  assert.deepEqual([code, stderr], [0, ''])
  assert.equal(load().tmp_path, join(folder, 'tmp'))
  const { name, max_parallel_tasks } = registrar.registered.at(-1) as Record<string, unknown>
  assert.deepEqual([name, max_parallel_tasks], ['0123', 3])
})

test('a former configuration is kept', async () => {
  await setup(['https://first', '', '', '', ''])
  await setup(['https://second', '', '', '', ''])
  assert.equal(load().web_host, 'https://second')
  assert.match(readFileSync(`${configFile}.bak`, 'utf8'), /https:\/\/first/)
  assert.equal(mode(`${configFile}.bak`), 0o600)
})

test('a missing or wrong answer ends it before anything is written', async () => {
  const cases: [answers: string[], line: RegExp][] = [
    [
      [],
      /^outstation: Server URL .*expected an answer, got the end of the input; or give --web-host\n$/,
    ],
    [['server'], /^outstation: Server URL .*: expected a URL such as https:\/\/host:3000\n$/],
    [
      ['https://s', 'perhaps'],
      /^outstation: Keep the token .*: expected yes or no, got another answer/,
    ],
  ]
  for (const [answers, line] of cases) {
    const { code, stderr } = await setup(answers)
    assert.equal(code, 2)
    assert.match(stderr, line)
    assert.equal(existsSync(configFile), false)
  }
  const nowhere = await outstation(['runner', 'setup', '--no-config'])
  assert.equal(nowhere.code, 2)
  assert.match(nowhere.stderr, /^outstation: --no-config: expected a file to write, got none; /)
})
