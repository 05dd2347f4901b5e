/** The interpreters: what a script gets as arguments and environment, and how its end is read. */
import assert from 'node:assert/strict'
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Job } from '../../../../broker/job.ts'
import type { JobSettings } from '../../../../runner/job/context.ts'
import { runJob } from '../../../../runner/job/run.ts'
import { makeJob } from '../../../kit/job.ts'
import { makeContext, runScript, tempFolder } from '../make.ts'
import { recordedPath, unlessThere } from './recorded.ts'

/** One of everything that a script can be given. */
const given: Partial<Job> = {
  template_arguments: ['--from', 'the template'],
  variables: { size: 3, names: ['a', 'b'], text: 'two words', semaphore_vars: { mine: 1 } },
  task_arguments: ['--from=task'],
  env: { PLAIN: 'env' },
  secrets: [
    { name: 'TOKEN', type: 'env', value: 'secret of type env' },
    { name: 'password', type: 'var', value: 'secret of type var' },
  ],
}
const args = [
  '--from',
  'the template',
  'size=3',
  'names=["a","b"]',
  'text=two words',
  '--from=task',
]

/** The job's end with the lines that its script printed. */
async function run(t: TestContext, script: string, job: Partial<Job>, settings: JobSettings = {}) {
  const { end, log } = await runScript(t, script, job, { settings })
  return { end, text: log.text, lines: log.text.split('\n') }
}

function linesWith(lines: string[], start: string): string[] {
  return lines.filter((line) => line.startsWith(start)).map((line) => line.slice(start.length))
}

test('bash: arguments and variables of template and task, secrets by the environment', async (t) => {
  const script =
    'printf "argv: %s\\n" "$@"; echo "$PLAIN"; test "$TOKEN" = "secret of type env" && test "$password" = "secret of type var" && echo both'
  const { lines } = await run(t, script, given)
  assert.deepEqual(linesWith(lines, 'argv: '), args)
  assert.ok(lines.includes('env') && lines.includes('both'))
})

test("bash: secret variables are arguments if the template asks for Semaphore's way, and masked", async (t) => {
  const script =
    '[[ $1 == "password=secret of type var" && -z $password && $TOKEN ]] && echo first; printf "argv: %s\\n" "$@"'
  const { lines } = await run(t, script, { ...given, secrets_in_arguments: true })
  assert.ok(lines.includes('first'))
  assert.deepEqual(linesWith(lines, 'argv: '), ['password=***', ...args])
})

test('so they are for python, powershell (recorded contract) and an app of the owner', {
  skip: unlessThere('python3'),
}, async (t) => {
  const program = join(await tempFolder(t), 'report')
  await writeFile(program, '#!/bin/sh\nenv | sed "s/^/env: /"\nprintf "argv: %s\\n" "$@"\n')
  await chmod(program, 0o755)
  const python = `
import os, sys
for name, value in os.environ.items(): print("env:", name + "=" + value)
for arg in sys.argv: print("argv:", arg)
assert sys.argv[1] == "password=secret of type var"
`
  const settings = { env_vars: { PATH: recordedPath }, apps: { report: { path: program } } }
  for (const [app, before] of [
    ['python', []],
    ['powershell', ['-File']],
    ['report', []],
  ] as const) {
    const script = app === 'python' ? python : 'exit 0\n'
    const job = { ...given, app, secrets_in_arguments: true }
    const { end, lines } = await run(t, script, job, settings)
    assert.equal(end.outcome, 'succeeded', `${app}: ${lines.join('\n')}`)
    const expected = [...before, 'run.sh', 'password=***', ...args]
    assert.deepEqual(linesWith(lines, 'argv: '), expected, app)
    assert.ok(lines.includes('env: TOKEN=***'), app)
    assert.deepEqual(linesWith(lines, 'env: password'), [], app)
  }
})

test('python: arguments, environment, exit code, and output as it comes', {
  skip: unlessThere('python3'),
}, async (t) => {
  const script = `
import os, sys
for arg in sys.argv[1:]: print("argv:", arg)
print(os.environ["PLAIN"], len(os.environ["password"]), os.environ["PYTHONUNBUFFERED"])
print("task", os.environ["SEMAPHORE_TASK_DETAILS_ID"])
print("and", file=sys.stderr)
print("then")
sys.exit(7)
`
  const { end, lines, text } = await run(t, script, { ...given, app: 'python' })
  assert.deepEqual([end.outcome, end.exit_code], ['failed', 7])
  assert.deepEqual(linesWith(lines, 'argv: '), args)
  assert.match(text, /\nenv 18 1\ntask 7\nand\nthen\nRunning app failed: exited with code 7\n$/)
})

test('every script is told about its task', async (t) => {
  const job: Partial<Job> = {
    template: { id: 2, name: 'template', type: 'build' },
    task: {
      ...{ id: 7, attempt: 1, username: 'ada', url: 'https://outstation.example/task/7' },
      ...{ message: "it's two", incoming_version: '', target_version: '1.2' },
    },
  }
  const { lines } = await run(t, 'env | grep ^SEMAPHORE_ | sort', job)
  assert.deepEqual(linesWith(lines, 'SEMAPHORE_'), [
    'TASK_DETAILS_ID=7',
    `TASK_DETAILS_MESSAGE='it'\\''s two'`,
    'TASK_DETAILS_REPOSITORY_ID=3',
    'TASK_DETAILS_REPOSITORY_NAME=repo',
    'TASK_DETAILS_TARGET_VERSION=1.2',
    'TASK_DETAILS_TYPE=build',
    'TASK_DETAILS_URL=https://outstation.example/task/7',
    'TASK_DETAILS_USERNAME=ada',
    'TASK_TARGET_VERSION=1.2',
    'TASK_TYPE=build',
  ])
})

test('powershell: arguments, environment and exit code (recorded contract)', async (t) => {
  const settings = { env_vars: { PATH: recordedPath } }
  const { end, lines } = await run(t, 'exit 5\n', { ...given, app: 'powershell' }, settings)
  assert.deepEqual([end.outcome, end.exit_code], ['failed', 5])
  assert.deepEqual(linesWith(lines, 'argv: '), ['-File', 'run.sh', ...args])
  assert.ok(lines.includes('env: SEMAPHORE_TASK_DETAILS_ID=7'))
  assert.ok(lines.includes('env: password=***'))
})

test('powershell: arguments, environment and exit code (real pwsh)', {
  skip: unlessThere('pwsh'),
}, async (t) => {
  const script = `
foreach ($arg in $args) { Write-Output "argv: $arg" }
Write-Output $env:PLAIN
exit 5
`
  const job = { ...given, app: 'powershell', playbook: 'run.ps1' }
  const { end, lines } = await run(t, script, job)
  assert.deepEqual([end.outcome, end.exit_code], ['failed', 5])
  assert.deepEqual(linesWith(lines, 'argv: '), args)
  assert.ok(lines.includes('env'))
})

test('an app of the configuration: its program and arguments, found on PATH by its name', async (t) => {
  const folder = await tempFolder(t)
  const program = join(folder, 'report')
  await writeFile(program, '#!/bin/sh\nprintf "argv: %s\\n" "$@"\n')
  await chmod(program, 0o755)
  const job = { ...given, app: 'report' }
  const byPath = await run(t, '', job, { apps: { report: { path: program, args: ['--pdf'] } } })
  assert.deepEqual(linesWith(byPath.lines, 'argv: '), ['--pdf', 'run.sh', ...args])
  const env_vars = { PATH: `${folder}:${process.env.PATH}` }
  const byName = await run(t, '', job, { apps: { report: {} }, env_vars })
  assert.deepEqual(linesWith(byName.lines, 'argv: '), ['run.sh', ...args])
})

test('path and arguments of a built-in app may be others', async (t) => {
  const apps = { bash: { path: '/bin/sh', args: ['-e'] } }
  const { end, lines } = await run(t, 'false\necho not reached', {}, { apps })
  assert.equal(end.exit_code, 1)
  assert.ok(!lines.includes('not reached'))
})

test('an app that the runner does not know, and one that is switched off', async (t) => {
  const unknown = await run(t, '', { app: 'rm' }, { apps: { report: {} } })
  assert.equal(
    unknown.end.reason,
    'app rm: not known to this runner, which runs ansible, bash, powershell, python, terraform, ' +
      'terragrunt, tofu, report; name it under apps in its configuration',
  )
  const off = await run(t, 'echo ran', {}, { apps: { bash: { active: false } } })
  assert.equal(
    off.end.reason,
    'app bash: switched off on this runner; set apps.bash.active in its configuration',
  )
  assert.ok(!off.lines.includes('ran'))
  const inherited = await run(t, '', { app: 'constructor' })
  assert.match(inherited.end.reason ?? '', /^app constructor: not known to this runner/)
})

test('a script is one of the repository: no option, no file of the machine, no way out', async (t) => {
  const folder = await tempFolder(t)
  const { context, log } = await makeContext(t)
  const run = (playbook: string) =>
    runJob(makeJob({ playbook, repository: { git_url: folder } }), context)
  await mkdir(join(folder, 'etc'))
  for (const name of ['etc/profile', '-c']) await writeFile(join(folder, name), 'echo of its own')
  await symlink('/etc/profile', join(folder, 'link.sh'))
  assert.equal((await run('/etc/profile')).outcome, 'succeeded')
  assert.match(log.text, /^of its own$/m)
  for (const [playbook, reason] of [
    ['-c', 'script "-c": expected a path in the repository'],
    ['/-c', 'script "/-c": expected a path in the repository'],
    ['link.sh', 'link.sh: leads out of the repository'],
  ] as const) {
    assert.equal((await run(playbook)).reason, reason)
  }
})

test('a secret variable may not take a name that makes the interpreter run something else', async (t) => {
  const secrets = [{ name: 'BASH_ENV', type: 'var' as const, value: '/tmp/evil' }]
  const { end } = await run(t, '', { secrets })
  assert.match(end.reason ?? '', /^environment variable "BASH_ENV": not allowed in a task/)
})

test('every dangerous name is told, of plain and of secret variables, and nothing runs', async (t) => {
  const names = ['LD_PRELOAD', 'NODE_OPTIONS', 'PYTHONSTARTUP', 'GIT_SSH_COMMAND', 'GLIBC_TUNABLES']
  const env = Object.fromEntries(names.map((name) => [name, 'x']))
  const secrets = [{ name: 'LD_LIBRARY_PATH', type: 'env' as const, value: '/tmp/evil' }]
  const { end, lines } = await run(t, 'echo ran', { env, secrets })
  const told = [...names, 'LD_LIBRARY_PATH'].map((name) => `"${name}"`).join(', ')
  assert.ok(end.reason?.startsWith(`environment variable ${told}: not allowed in a task`))
  assert.ok(!lines.includes('ran'))
})
