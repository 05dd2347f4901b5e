/**
 * What the kernel saw: a runner and all that its tasks start, under strace. Secrets of every kind go
 * through; none may stand in a command line, nor be written where another user could read it.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import type { Job } from '../../../broker/job.ts'
import { makeRepository, serveGit } from '../../kit/git.ts'
import { makeJob } from '../../kit/job.ts'
import { keyPair } from '../../kit/sshd.ts'
import { tempFolder } from './make.ts'

const missing = ['strace', 'ansible-playbook', 'ssh-agent'].filter(
  (program) => (spawnSync(program, ['--version']).error ?? undefined) !== undefined,
)
const skip = missing.length > 0 ? `${missing.join(', ')} not installed` : false
if (skip && process.env.CI) throw new Error(skip)

/** Of letters and digits, so that strace writes them as they are. */
const word = (name: string) => `S3cret0of0${name}0x9Qz7`
const words = {
  passphrase: word('passphrase'),
  gitLogin: word('git'),
  become: word('become'),
  connection: word('connection'),
  vault: word('vault'),
  variable: word('variable'),
  environment: word('environment'),
  survey: word('survey'),
}

test('no secret in a command line, none in a file that others may read', { skip }, async (t) => {
  const { jobs, key } = await makeJobs(t)
  const { trace, results } = await watched(t, jobs)
  for (const { end, log } of results) assert.equal(end.outcome, 'succeeded', log)
  const log = results.map((result) => result.log).join('')
  assert.match(log, /\*\*\*/)
  assert.equal(log.match(/ \(answered\)\n/g)?.length, 3)
  const body = key.split('\n')[3] as string
  const secrets = { ...words, key: body }
  for (const [name, secret] of Object.entries(secrets)) {
    assert.ok(trace.includes(secret), `${name} was there to be seen`)
    assert.ok(!log.includes(secret), `${name} is masked`)
  }
  assert.deepEqual(findings(trace, Object.values(secrets)), [])
})

test('the watcher sees a command line and a file that betray one', { skip }, async (t) => {
  const repository = await makeRepository({
    'run.sh': '/bin/echo "$LEAK" >/dev/null; echo "$LEAK" > leak',
  })
  t.after(() => repository.close())
  const secrets = [{ name: 'LEAK', type: 'env' as const, value: words.environment }]
  const job = makeJob({ secrets, repository: { git_url: repository.path } })
  const { trace } = await watched(t, [{ job, settings: {} }])
  const found = findings(trace, [words.environment])
  assert.equal(found.length, 2, found.join('\n'))
  assert.match(found[0] ?? '', /^argv: .*\/bin\/echo/)
  assert.match(found[1] ?? '', /^file: .*\/leak\b/)
})

interface Wish {
  job: Job
  settings: object
}

async function makeJobs(t: TestContext): Promise<{ jobs: Wish[]; key: string }> {
  const folder = await tempFolder(t)
  const pair = await keyPair(join(folder, 'key'), words.passphrase)
  const repository = await makeRepository({
    'site.yml': `
- hosts: all
  gather_facts: false
  vars_files: [vault.yml]
  tasks:
    - debug: msg="{{ secret_variable }} {{ survey_answer }} {{ hidden }}"
    - shell: test -n "$SECRET_ENVIRONMENT"
`,
    'vault.yml': vaulted('hidden: treasure\n'),
    'run.sh': 'echo "$SECRET_ENVIRONMENT $secret_variable"; sleep 0.1; ps axww >/dev/null',
  })
  t.after(() => repository.close())
  const login = { username: 'ada', password: words.gitLogin }
  const http = await serveGit(repository.path, { login })
  t.after(() => http.close())
  const common = {
    repository: {
      git_url: http.url,
      git_branch: 'main',
      key: { type: 'login_password' as const, login: 'ada', password: words.gitLogin },
    },
    secrets: [
      { name: 'secret_variable', type: 'var' as const, value: words.variable },
      { name: 'survey_answer', type: 'var' as const, value: words.survey },
      { name: 'SECRET_ENVIRONMENT', type: 'env' as const, value: words.environment },
    ],
    vaults: [{ name: null, type: 'password' as const, password: words.vault }],
  }
  const password = (text: string) => ({
    type: 'login_password' as const,
    login: 'ada',
    password: text,
  })
  const inventory = {
    ...{ id: 5, name: 'hosts', type: 'static' as const },
    inventory: 'here ansible_connection=local ansible_python_interpreter=/usr/bin/python3\n',
    become_key: password(words.become),
  }
  const ssh = { type: 'ssh' as const, login: 'ada', private_key: pair.private }
  const play = { ...common, app: 'ansible', playbook: 'site.yml' }
  const wishes: [Parameters<typeof makeJob>[0], object][] = [
    [
      { ...play, inventory: { ...inventory, ssh_key: { ...ssh, passphrase: words.passphrase } } },
      {},
    ],
    [
      {
        ...{ ...play, inventory: { ...inventory, ssh_key: password(words.connection) } },
        task_arguments: ['--ask-pass', '--ask-become-pass', '--vault-id', 'default@prompt'],
      },
      {},
    ],
    [common, { git_client: 'cmd_git' }],
  ]
  return {
    jobs: wishes.map(([job, settings]) => ({ job: makeJob(job), settings })),
    key: pair.private,
  }
}

function vaulted(plain: string): string {
  if (skip) return ''
  const script = 'ansible-vault encrypt --vault-id default@<(printf %s "$0") --output - -'
  return execFileSync('bash', ['-c', script, words.vault], { input: plain, encoding: 'utf8' })
}

/** Runs the jobs in a process of their own under strace, all that it starts included. */
async function watched(t: TestContext, jobs: Wish[]) {
  const file = join(await tempFolder(t), 'trace')
  const calls =
    'execve,open,openat,creat,chmod,fchmod,fchmodat,write,pwrite64,writev,sendto,sendmsg'
  const node = [process.execPath, '--import', 'tsx', join(import.meta.dirname, 'run-jobs.ts')]
  const child = spawn(
    'strace',
    [
      '-f',
      '-y',
      '-qq',
      '--seccomp-bpf',
      '-s',
      '20000',
      '-e',
      `trace=${calls}`,
      '-e',
      'signal=none',
      '-o',
      file,
      ...node,
    ],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, TMPDIR: await tempFolder(t) },
    },
  )
  t.after(() => child.kill('SIGKILL'))
  child.stdin.end(JSON.stringify(jobs))
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')])
  assert.equal(code, 0)
  const results = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  return { trace: await readFile(file, 'utf8'), results }
}

/** Every line that betrays a secret, with what is wrong with it. */
function findings(trace: string, secrets: readonly string[]): string[] {
  const lines = trace.split('\n')
  const open = new Set(lines.flatMap(openedToOthers))
  return lines
    .filter((line) => secrets.some((secret) => line.includes(secret)))
    .flatMap((line) => {
      if (/\bexecve\(/.test(line)) return [`argv: ${line}`]
      if (/\b(?:open|openat|creat)\(/.test(line)) return [`path: ${line}`]
      const file = /\b(?:write|pwrite64|writev)\(\d+<(\/[^>]*)>/.exec(line)?.[1]
      return file !== undefined && open.has(file) ? [`file: ${line}`] : []
    })
}

/** The file that a call makes or sets so that others may read it, whatever the umask takes from that. */
function openedToOthers(line: string): string[] {
  const made = /\b(?:open|openat|creat)\(.*O_CREAT[^,]*, (0[0-7]+)\) = \d+<(\/[^>]*)>/.exec(line)
  const byName = /\b(?:chmod|fchmodat)\(.*?"([^"]*)", (0[0-7]+)/.exec(line)
  const byNumber = /\bfchmod\(\d+<(\/[^>]*)>, (0[0-7]+)/.exec(line)
  const [path, mode] = made ? [made[2], made[1]] : (byName ?? byNumber ?? []).slice(1)
  const others = Number.parseInt(mode ?? '0', 8) & 0o077
  return path === undefined || path === '/dev/null' || others === 0 ? [] : [path]
}
