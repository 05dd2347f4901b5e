/**
 * Tasks that use a secret of every kind, and print them all in several disguises: no secret is found in
 * clear afterwards, nor in any command line meanwhile, nor in what went through the broker. What went
 * through the broker makes nothing run when it is said again.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { CleanupStack } from '../../lib/stack.ts'
import { filesBelow } from '../kit/files.ts'
import { openGate, waitAt } from '../kit/gate.ts'
import { makeRepository, serveGit } from '../kit/git.ts'
import { disguisesOf, type Heard, OperatorTap } from '../kit/operator-tap.ts'
import { commandLines } from '../kit/processes.ts'
import { Receiver } from '../kit/receiver.ts'
import { openWorld, type World } from '../kit/world.ts'
import type { WorldRunner } from '../kit/world-runner.ts'
import { Random } from '../simulator/random.ts'

const found = spawnSync('ansible-vault', ['--version']).status === 0
const skip = process.env.CI || found ? false : 'ansible-core not installed'

/** Full of what has to be escaped somewhere; the middle is the same in every escaping. */
const secret = (kind: string) => `'"\\ $é-${kind}-${randomUUID()}-é$ \\"'`
const secrets = {
  VARIABLE: secret('variable'),
  ENVIRONMENT: secret('environment'),
  SURVEY: secret('survey'),
  SURVEY_ENV: secret('survey-environment'),
  vaultPassword: secret('vault'),
  becomePassword: secret('become'),
  gitPassword: secret('git'),
  passphrase: secret('passphrase'),
  sshKey: '',
}

/** Prints its own environment, and all secrets from a file that they reached by no fault of ours. */
const script = `env
echo "$VARIABLE" | base64
cat "$1"
ssh-add -l
echo printed
${waitAt('$2')}`

const playbook = `- hosts: all
  connection: local
  gather_facts: false
  vars_files: [vaulted.yml]
  tasks:
    - ansible.builtin.debug:
        msg: ["{{ VARIABLE }}", "{{ SURVEY }}", "{{ lookup('env', 'ENVIRONMENT') }}", "{{ vaulted }}"]
    - ansible.builtin.shell: 'cat "{{ file }}"'
      register: all
    - ansible.builtin.debug:
        var: all
    - ansible.builtin.debug:
        msg: "printed"
    - ansible.builtin.shell: '${waitAt('{{ gate }}').trim()}'
`

const stack = new CleanupStack()
const seen: string[] = []
const commands = new Set<string>()
const logs: string[] = []
let world: World
let runner: WorldRunner
let receiver: Receiver
let tap: OperatorTap
/** Runs the bash script again, its gate being open. */
let again: () => Promise<number>
/** How often a task has fetched its repository. */
let fetches = 0

before(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'outstation-flow-'))
  stack.defer(() => rm(folder, { recursive: true }))
  secrets.sshKey = makeKey(join(folder, 'key'))
  const file = join(folder, 'all')
  await writeFile(file, `${Object.values(secrets).join('\n')}\n`)
  receiver = stack.use(await Receiver.start())
  const server = { webhooks: { allow_private_addresses: true } }
  world = stack.use(await openWorld({ files: {}, server, seen, runners: 0 }))
  tap = stack.use(await OperatorTap.start(world.dataDir, world.mqttPort))
  runner = await world.addRunner({ runner: { mqtt_url: tap.url } })
  await runner.start()
  await runEverything(folder, file)
})
after(() => stack.close())

async function runEverything(folder: string, file: string): Promise<void> {
  const template = await makeEverything(folder)
  const gate = (name: string) => join(folder, name)
  const bash = await world.template({
    ...template,
    playbook: 'print.sh',
    arguments: JSON.stringify([file, gate('bash')]),
  })
  const { SURVEY, SURVEY_ENV } = secrets
  const secret = JSON.stringify({ SURVEY, SURVEY_ENV })
  again = () => world.run(bash, { secret })
  await watch(await again(), gate('bash'))
  if (skip) return
  const ansible = await world.template({ ...template, app: 'ansible', playbook: 'print.yml' })
  const environment = JSON.stringify({ file, gate: gate('ansible') })
  await watch(await world.run(ansible, { secret, environment }), gate('ansible'))
}

/** Looks at every command line of the machine until the task has ended. */
async function watch(task: number, gate: string): Promise<void> {
  const lookAround = () => {
    for (const line of commandLines()) commands.add(line)
  }
  const look = setInterval(lookAround, 5)
  try {
    await world.printed(task, 'printed')
    lookAround()
    expectPrivate(world.dataDir)
    expectPrivate(runner.state)
    await openGate(gate)
    const { status } = await world.finished(task)
    logs.push(await world.log(task))
    assert.equal(status, 'success', logs.at(-1))
  } finally {
    clearInterval(look)
  }
  await receiver.has(logs.length)
  const path = `${world.project.path}/tasks/${task}`
  for (const part of ['', '/output', '/stream']) await world.api.get(`${path}${part}`)
}

/** @returns what both templates have in common */
async function makeEverything(folder: string): Promise<Record<string, unknown>> {
  const { create } = world
  const { VARIABLE, ENVIRONMENT, gitPassword, vaultPassword, becomePassword } = secrets
  const login = (name: string, login: string, password: string) =>
    create('keys', { name, type: 'login_password', login_password: { login, password } })
  const ssh = { private_key: secrets.sshKey, passphrase: secrets.passphrase }

  const vaulted = await encrypt(folder, `vaulted: ${JSON.stringify(VARIABLE)}\n`)
  const files = { 'print.sh': script, 'print.yml': playbook, 'vaulted.yml': vaulted }
  const repository = stack.use(await makeRepository(files))
  const git = stack.use(
    await serveGit(repository.path, {
      login: { username: 'ann', password: gitPassword },
      before() {
        fetches += 1
        return undefined
      },
    }),
  )
  const template = {
    repository_id: await create('repositories', {
      name: 'Behind a password',
      git_url: git.url,
      git_branch: 'main',
      ssh_key_id: await login('Git', 'ann', gitPassword),
    }),
    inventory_id: await create('inventory', {
      name: 'Here',
      type: 'static',
      inventory: 'localhost',
      ssh_key_id: await create('keys', { name: 'Ssh', type: 'ssh', ssh }),
      become_key_id: await login('Become', '', becomePassword),
    }),
    environment_id: await create('environment', {
      name: 'Secrets',
      secrets: [
        { name: 'VARIABLE', type: 'var', secret: VARIABLE },
        { name: 'ENVIRONMENT', type: 'env', secret: ENVIRONMENT },
      ],
    }),
    survey_vars: [
      { name: 'SURVEY', type: 'secret' },
      { name: 'SURVEY_ENV', type: 'secret', target: 'env' },
    ],
    vaults: [
      {
        type: 'password',
        vault_key_id: await create('keys', {
          name: 'Vault',
          type: 'string',
          string: vaultPassword,
        }),
      },
    ],
  }
  await create('webhooks', { name: 'All', url: receiver.url, events: ['task.finished'] })
  for (const kind of ['keys', 'repositories', 'inventory', 'environment', 'templates']) {
    await world.api.get(`${world.project.path}/${kind}`)
  }
  return template
}

test('the log shows that all was printed, and nothing of it', () => {
  for (const log of logs) {
    assert.match(log, /\*\*\*/)
    assert.match(log, /printed/)
  }
  assert.match(logs[0] ?? '', /^VARIABLE=\*\*\*$/m)
  assert.match(logs[0] ?? '', /^SURVEY_ENV=\*\*\*$/m)
  assert.match(logs[0] ?? '', /ED25519/)
  const encoded = Buffer.from(secrets.VARIABLE).toString('base64')
  assert.ok(!logs[0]?.includes(encoded.slice(0, 60)), 'the log holds a secret in base64')
  expectNone('the log', ...logs)
})

test('with Ansible', { skip }, () => {
  assert.match(logs[1] ?? '', /PLAY RECAP/)
})

test('no answer of the API and no webhook holds a secret', () => {
  assert.ok(seen.length > 20)
  expectNone('an answer', ...seen)
  expectNone('a webhook', ...receiver.received.map(({ body }) => body))
})

test('no command line ever held a secret', () => {
  assert.ok([...commands].some((line) => line.includes('print.sh')))
  expectNone('a command line', ...commands)
})

test('no message of any topic holds a secret, whatever it is written in', () => {
  const topics = new Set(tap.heard.map(({ topic }) => topic.replace(/^.*\//, '')))
  for (const channel of ['tasks', 'acks', 'hello', 'presence', 'state', 'log', 'result']) {
    assert.ok(topics.has(channel), `the operator heard ${channel}, got ${[...topics]}`)
  }
  const all = tap.heard.map(({ payload }) => payload.toString())
  assert.ok(all.some((text) => text.includes('sealed-grant')))
  assert.ok(
    all.some((text) => /^VARIABLE=\*\*\*$/m.test(text)),
    'pieces of log are unpacked',
  )
  expectNone('a message', ...all)
  for (const form of ['utf8', 'base64', 'hex'] as const) {
    const betrayed = Buffer.from(`so it is: ${secrets.SURVEY}`).toString(form)
    assert.throws(() => expectNone('a message', betrayed), /a message holds SURVEY/)
  }
})

/** The last word is a task that was asked for: once it has ended, all before it was heard. */
async function replay(messages: readonly Heard[]): Promise<void> {
  const before = fetches
  for (const message of messages) await tap.say(message)
  assert.equal(fetches, before, 'nothing has fetched a repository')
  const task = await again()
  assert.equal((await world.finished(task)).status, 'success')
  const started = runner.events.filter(({ event }) => event === 'task started')
  assert.deepEqual(started.at(-1)?.task, task)
}
const startsOf = () => runner.events.filter(({ event }) => event === 'task started').length

test('all of it said again to the runner, in any order: nothing runs', async () => {
  const [known, random] = [tap.toRunner, new Random(20_261)]
  const starts = startsOf()
  await replay(shuffled(known, random))
  assert.equal(startsOf(), starts + 1, 'only what was asked for')
})

test('the same to a runner that was started anew', async () => {
  const [known, random] = [tap.toRunner, new Random(20_262)]
  await runner.end('SIGTERM')
  await runner.start()
  await replay(shuffled(known, random))
  assert.equal(startsOf(), 1, 'only what was asked for')
})

function shuffled<T>(list: readonly T[], random: Random): T[] {
  const rest = [...list]
  return list.map(() => rest.splice(random.int(0, rest.length - 1), 1)[0] as T)
}

test('neither program has logged a secret', () => {
  assert.ok(runner.lines.length > 0 && world.server.lines.length > 0)
  for (const line of [...world.server.lines, ...runner.lines]) {
    expectNone('a log', line)
    assert.ok(!line.includes(runner.token), `a log holds the runner's token: ${line}`)
  }
})

test('no file holds a secret: database, state, work trees, what was left in memory', () => {
  const memory = readdirSync('/dev/shm').filter((name) => name.startsWith('outstation-'))
  const files = [world.folder, ...memory.map((name) => join('/dev/shm', name))].flatMap(filesBelow)
  const contents = files.map(contentOf)
  assert.ok(contents.some((content) => content.includes('Behind a password')))
  assert.ok(contents.includes(script))
  for (const [index, content] of contents.entries()) expectNone(String(files[index]), content)
  for (const file of filesBelow(world.dataDir)) {
    assert.ok(!contentOf(file).includes(runner.token), `${file} holds the runner's token`)
  }
})

test('what server and runner keep is for their user alone', () => {
  expectPrivate(world.dataDir)
  expectPrivate(runner.state)
  expectPrivate(join(runner.folder, 'tmp'), 0)
})

function expectNone(what: string, ...texts: string[]): void {
  for (const [kind, value] of Object.entries(secrets)) {
    // Of a key any line is as good as the whole.
    const parts =
      kind === 'sshKey'
        ? value.split('\n').filter((line) => line.length > 20 && !line.startsWith('-----'))
        : [value.split('é')[1] ?? '']
    const forms = parts.flatMap(disguisesOf)
    for (const text of texts) {
      const part = forms.find((form) => text.includes(form))
      assert.ok(part === undefined, `${what} holds ${kind}: ${around(text, part ?? '')}`)
    }
  }
}

/** @param depth how far down; what lies in a private folder is private whatever its own mode */
function expectPrivate(path: string, depth = Number.POSITIVE_INFINITY): void {
  const { mode } = statSync(path)
  assert.equal(mode & 0o077, 0, `${path}: ${(mode & 0o777).toString(8)}`)
  if (depth === 0 || !statSync(path).isDirectory()) return
  for (const name of readdirSync(path)) expectPrivate(join(path, name), depth - 1)
}

/** '' if another test's runner has just removed it. */
function contentOf(file: string): string {
  try {
    return readFileSync(file).toString()
  } catch {
    return ''
  }
}

function around(text: string, part: string): string {
  const at = text.indexOf(part)
  return text.slice(Math.max(0, at - 100), at + part.length + 20)
}

function makeKey(file: string): string {
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', secrets.passphrase, '-f', file])
  return readFileSync(file, 'utf8')
}

async function encrypt(folder: string, text: string): Promise<string> {
  if (skip) return text
  const [password, file] = [join(folder, 'vault-password'), join(folder, 'vaulted')]
  await writeFile(password, secrets.vaultPassword)
  await writeFile(file, text)
  execFileSync('ansible-vault', ['encrypt', '--vault-password-file', password, file])
  return readFile(file, 'utf8')
}
