/** Tasks that cannot be run: one clear line, in the log and as the reason, and the next task runs. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdir, symlink } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { after, before, test } from 'node:test'
import { CleanupStack } from '../../lib/stack.ts'
import { makeRepository, serveGit, type TestRepository } from '../kit/git.ts'
import { openWorld, type World } from '../kit/world.ts'

const files = {
  'hello.sh': 'echo hello\n',
  'signal.sh': 'echo before; kill -KILL $$\n',
  'code.sh': 'echo before; exit 42\n',
  'site.yml': '- hosts: all\n',
}
const login = { username: 'ann', password: 'open sesame' }

const stack = new CleanupStack()
let world: World
let repository: TestRepository
before(async () => {
  world = stack.use(await openWorld({ files, runners: 0 }))
  repository = stack.use(await makeRepository(files))
  const PATH = await pathOf('bash', 'mkfifo', 'git')
  await (await world.addRunner({ env: { PATH } })).start()
})
after(() => stack.close())

/** A PATH on which these programs are found, and no others. */
async function pathOf(...programs: string[]): Promise<string> {
  const folder = join(world.folder, 'bin')
  await mkdir(folder)
  for (const program of programs) {
    const places = String(process.env.PATH)
      .split(delimiter)
      .map((place) => join(place, program))
    await symlink(String(places.find(existsSync)), join(folder, program))
  }
  return folder
}

/** The task ends as an error with this reason, which is the last line of its log. */
async function expectFailure(
  columns: Record<string, unknown>,
  prefix: string,
  reason: RegExp,
): Promise<void> {
  const task = await world.run(await world.template(columns))
  const row = await world.finished(task)
  assert.equal(row.status, 'error')
  assert.match(row.reason, reason)
  const lines = (await world.log(task)).trimEnd().split('\n')
  assert.equal(lines.at(-1), `${prefix}: ${row.reason}`)
  assert.equal((await world.finished(await world.script('hello.sh'))).status, 'success')
}

async function repositoryAt(git_url: string, git_branch = 'main'): Promise<number> {
  const columns = { name: 'Bad', git_url, git_branch, ssh_key_id: world.project.key }
  return world.create('repositories', columns)
}

const failedUpdate = 'Failed updating repository'
const failedRun = 'Running app failed'

test('a repository that is not there', async () => {
  const { url } = stack.use(await serveGit(repository.path, { before: () => 404 }))
  const columns = { playbook: 'hello.sh', repository_id: await repositoryAt(url) }
  await expectFailure(columns, failedUpdate, /repository\.git: not found/)
})

test('a repository that wants a password, and gets none or a wrong one', async () => {
  const { url } = stack.use(await serveGit(repository.path, { login }))
  const repository_id = await repositoryAt(url)
  const columns = { playbook: 'hello.sh', repository_id }
  await expectFailure(columns, failedUpdate, /repository\.git: .*access key/)
  const wrong = { login: 'ann', password: 'open barley' }
  const key = { name: 'Wrong', type: 'login_password', login_password: wrong }
  const ssh_key_id = await world.create('keys', key)
  const changed = { name: 'Bad', git_url: url, git_branch: 'main', ssh_key_id }
  await world.api.put(`${world.project.path}/repositories/${repository_id}`, changed)
  await expectFailure(columns, failedUpdate, /repository\.git: .*access key/)
})

test('a branch that is not there', async () => {
  const { url } = stack.use(await serveGit(repository.path))
  const repository_id = await repositoryAt(url, 'maim')
  const columns = { playbook: 'hello.sh', repository_id }
  await expectFailure(
    columns,
    failedUpdate,
    /repository\.git: has no branch maim; check the branch/,
  )
})

test('a folder that is not there on the disk of the runner', async () => {
  const repository_id = await repositoryAt('/nonexistent')
  await expectFailure({ playbook: 'hello.sh', repository_id }, failedUpdate, /^\/nonexistent: .+/)
})

test('a playbook that is not in the repository', async () => {
  const columns = { app: 'ansible', playbook: 'sites.yml' }
  await expectFailure(columns, failedRun, /^playbook sites\.yml: not found in the repository at /)
})

test('a script that leads out of the repository', async () => {
  const columns = { playbook: '../../etc/passwd' }
  await expectFailure(columns, failedRun, /^\.\.\/\.\.\/etc\/passwd: leads out of the repository$/)
})

test('a program that is not installed', async () => {
  await expectFailure(
    { app: 'ansible', playbook: 'site.yml' },
    failedRun,
    /^ansible-playbook: not found on this runner; install ansible-core$/,
  )
})

test('an app that the runner does not know', async () => {
  await expectFailure(
    { app: 'cobol', playbook: 'hello.sh' },
    failedRun,
    /^app cobol: not known to this runner, which runs ansible/,
  )
})

test('an end by a signal, and by an exit code', async () => {
  await expectFailure({ playbook: 'signal.sh' }, failedRun, /^ended by signal SIGKILL$/)
  await expectFailure({ playbook: 'code.sh' }, failedRun, /^exited with code 42$/)
})
