/** The owner's `process` settings with real users, namespaces and programs. Only root can give them. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { lineOf } from '../../lib/errors.ts'
import { toRunnerConfig } from '../../runner/config.ts'
import { settleIsolation } from '../../runner/isolation.ts'
import { runJob } from '../../runner/job/run.ts'
import { makeRepository, serveGit } from '../kit/git.ts'
import { makeJob } from '../kit/job.ts'
import { keyPair, noSshd, startSshd } from '../kit/sshd.ts'
import { makeContext, tempFolder } from './job/make.ts'

const notRoot = process.getuid?.() === 0 ? false : 'only root may give tasks another user'
if (notRoot && process.env.CI) throw new Error(notRoot)

/** A user that every Debian has and nobody logs in as. */
const nobody = { uid: 65534, gid: 65534 }

const settle = (processKeys: object, tmpPath: string, env: Record<string, string> = {}) => {
  const value = { process: processKeys }
  const { process, runner } = toRunnerConfig({ value, env: { HOME: '/', ...env } })
  return settleIsolation(process, runner.limits, tmpPath)
}

/** Runs `script` from a repository that is fetched over HTTP, isolated as asked. */
async function isolated(t: TestContext, asked: object, script: string, job = {}) {
  const { tmpPath, ...isolation } = settle(asked, await tempFolder(t))
  const repository = await makeRepository({ 'run.sh': script })
  t.after(() => repository.close())
  const http = await serveGit(repository.path)
  t.after(() => http.close())
  const cancel = new AbortController()
  const parts = { tmpPath, isolation, cancel: cancel.signal }
  const { context, log } = await makeContext(t, parts)
  const made = makeJob({ ...job, repository: { git_url: http.url, git_branch: 'main' } })
  const run = async () => ({ end: await runJob(made, context), text: log.text })
  return { run, tmpPath, commit: repository.commit, cancel, context, log }
}

test('nothing asked for: nothing in front of a command', () => {
  assert.deepEqual(settle({}, '/anywhere'), {
    user: undefined,
    wrapper: [],
    limits: [],
    tmpPath: '/anywhere',
  })
})

test('another user: the files of a task are its own and closed to all others', {
  skip: notRoot,
}, async (t) => {
  const script = `
id -u; id -g; id -G
umask; touch here "$HOME/there"
stat -c '%n %u %a' . "$HOME" here
echo again > /dev/stdout
ls "$(dirname "$PWD")" && echo listed
cat /etc/shadow && echo read
ls -l /proc/self/fd/ | grep -v pipe: ; true
`
  const { run, tmpPath } = await isolated(t, nobody, script)
  const { end, text } = await run()
  assert.equal(end.outcome, 'succeeded', text)
  assert.match(text, /\n65534\n65534\n65534\n/)
  assert.match(text, /\n\. 65534 700\n\S+_home 65534 700\nhere 65534 644\nagain\n/)
  assert.doesNotMatch(text, /^(listed|read)$/m)
  const project = statSync(join(tmpPath, 'project_1'))
  assert.deepEqual([project.uid, project.gid, project.mode & 0o777], [0, 65534, 0o710])
})

test('a name is enough, and the second task finds the work tree of the first', {
  skip: notRoot,
}, async (t) => {
  const { run, commit } = await isolated(t, { user: 'nobody' }, 'mkdir -p sub; touch sub/kept')
  const first = await run()
  assert.equal(first.end.outcome, 'succeeded', first.text)
  await commit({ 'run.sh': 'ls sub; id -un' }, 'second')
  const { end, text } = await run()
  assert.equal(end.outcome, 'succeeded', text)
  assert.match(text, /Updating [\s\S]*\nkept\nnobody\n/)
})

test('a key for ssh and secret files reach that user', { skip: notRoot || noSshd }, async (t) => {
  const key = await keyPair(join(await tempFolder(t), 'key'), 'passphrase')
  const ssh_key = { type: 'ssh' as const, login: 'ada', ...{ passphrase: 'passphrase' } }
  const inventory = {
    ...{ id: 1, name: 'all', type: 'static' as const, inventory: 'here' },
    ssh_key: { ...ssh_key, private_key: key.private },
    become_key: { type: 'none' as const },
  }
  const { run } = await isolated(t, nobody, 'ssh-add -l; stat -c "%U %a" /dev/shm/*/inventory_7', {
    inventory,
  })
  const { end, text } = await run()
  assert.equal(end.outcome, 'succeeded', text)
  assert.match(text, /\n256 SHA256:/)
  assert.match(text, /nobody 600/)
  const left = (await readdir('/dev/shm')).filter((name) => name.includes(`-${process.pid}-`))
  assert.deepEqual(left, [])
})

test('who asks on a terminal is answered as that user too, in namespaces and without new rights', {
  skip: notRoot,
}, async (t) => {
  const script = `python3 -c 'import getpass, os
print("got", len(getpass.getpass("BECOME password: ")), "as", os.getuid())'`
  const become_key = { type: 'login_password' as const, login: 'ada', password: 'open sesame' }
  const inventory = {
    ...{ id: 1, name: 'all', type: 'static' as const, inventory: 'here' },
    ...{ ssh_key: { type: 'none' as const }, become_key },
  }
  const job = { app: 'ansible', playbook: 'run.sh', inventory, task_arguments: ['-K'] }
  const asked = { ...nobody, no_new_privs: true, app_namespaces: { pid: true } }
  const { run, context } = await isolated(t, asked, script, {
    ...job,
    env: { PATH: '/usr/bin:/bin' },
  })
  context.settings = { apps: { ansible: { path: '/bin/bash', args: ['run.sh'] } } }
  const { text } = await run()
  assert.match(text, /\nBECOME password: \(answered\)\ngot 11 as 65534\n$/)
})

test('git speaks ssh as that user, and what it pins is kept where a task cannot reach', {
  skip: notRoot || noSshd,
}, async (t) => {
  const folder = await tempFolder(t)
  const port = await startSshd(t, folder)
  const pair = await keyPair(join(folder, 'key'), 'passphrase')
  writeFileSync(join(folder, 'authorized_keys'), pair.public)
  const repository = await makeRepository({ 'run.sh': 'id -un; ssh-add -l' })
  t.after(() => repository.close())
  const { context, log, tmpPath } = await isolated(t, nobody, '')
  const key = { type: 'ssh' as const, login: 'root', ...{ passphrase: 'passphrase' } }
  const git_url = `ssh://root@127.0.0.1:${port}${repository.path}`
  const job = makeJob({ repository: { git_url, key: { ...key, private_key: pair.private } } })
  const { reason } = await runJob(job, context)
  assert.equal(reason, 'exited with code 2', log.text)
  assert.match(log.text, /pinned in [\s\S]*\nnobody\n/)
  assert.match(log.text, /Could not open a connection to your authentication agent/)
  assert.match(readFileSync(context.knownHosts, 'utf8'), /^\S+ ssh-ed25519 /)
  assert.equal(statSync(context.knownHosts).uid, 0)
  assert.deepEqual(spawnSync('ls', [tmpPath]).stdout.toString().trim(), 'project_1')
})

test('what a task leaves in its work tree leads the runner nowhere', {
  skip: notRoot,
}, async (t) => {
  const outside = await tempFolder(t)
  mkdirSync(join(outside, 'hooks'))
  writeFileSync(join(outside, 'hooks/mine'), '')
  const { run, tmpPath, commit } = await isolated(
    t,
    nobody,
    `rm -rf .git; ln -s ${outside} .git; ln -s ${outside} "$HOME/.requirements"; ln -s ${outside} x`,
  )
  assert.equal((await run()).end.outcome, 'succeeded')
  await commit({ 'run.sh': 'ls -a; rm -rf .git/hooks; ln -s /etc .git/hooks' }, 'second')
  const second = await run()
  assert.equal(second.end.outcome, 'succeeded', second.text)
  await commit({ 'run.sh': 'echo third' }, 'third')
  const third = await run()
  assert.equal(third.end.outcome, 'succeeded', third.text)
  assert.ok(existsSync(join(outside, 'hooks/mine')))
  assert.ok(existsSync('/etc/passwd'))
  symlinkSync(outside, join(tmpPath, 'project_9'))
  const { context } = await makeContext(t, { tmpPath, isolation: { user: nobody, wrapper: [] } })
  const { reason } = await runJob(makeJob({ project: { id: 9, name: 'p' } }), context)
  assert.match(reason ?? '', /project_9: expected a folder of this user, found another's/)
})

test('no new rights, namespaces of its own, and a TERM that still arrives', {
  skip: notRoot,
}, async (t) => {
  const asked = {
    ...nobody,
    no_new_privs: true,
    app_namespaces: { mount: true, pid: true, ipc: true, uts: true },
  }
  const script = `
grep NoNewPrivs /proc/self/status
echo "I am $$"; test "$$" -lt 10 && echo 'few processes'
ls /proc | grep -c '^[0-9]'
readlink /proc/self/ns/uts
setsid sleep 1000 &
exit 7
`
  const { run } = await isolated(t, asked, script)
  const { end, text } = await run()
  assert.equal(end.reason, 'exited with code 7', text)
  assert.match(text, /NoNewPrivs:\s1\n[\s\S]*few processes/)
  const uts = spawnSync('readlink', ['/proc/self/ns/uts']).stdout.toString().trim()
  assert.ok(!text.includes(uts), 'another uts namespace')

  const trap = 'trap "echo told; exit 0" TERM; echo up; sleep 900 & wait'
  const waiting = await isolated(t, asked, trap)
  const ended = waiting.run()
  await waiting.log.holds(/^up$/m)
  waiting.cancel.abort({ force: false })
  const stopped = await ended
  assert.equal(stopped.end.outcome, 'cancelled')
  assert.match(stopped.text, /\ntold\n/)
})

test('a program that is missing is still told by its name', { skip: notRoot }, async (t) => {
  const { run, context } = await isolated(t, { no_new_privs: true }, '')
  context.settings = { apps: { bash: { path: 'no-such-shell' } } }
  const { end } = await run()
  assert.equal(end.reason, 'no-such-shell: not found on this runner; install bash')
})

test('what cannot be had stops the runner, in one line', { skip: notRoot }, async (t) => {
  const tmpPath = await tempFolder(t)
  const says = (asked: object, path = tmpPath) => {
    try {
      settle(asked, path)
    } catch (error) {
      return lineOf(error)
    }
    return assert.fail(`it went on with ${JSON.stringify(asked)}`)
  }
  assert.equal(
    says({ user: 'no-such-user' }),
    'process.user: expected a user of this machine, got no-such-user; make the user, or set process.uid',
  )
  assert.match(says({ uid: 4_000_000 }), /^process\.gid: expected a user .* set process\.gid$/)
  assert.match(says({ user: 'nobody', uid: 7 }), /^process\.uid: expected the uid of nobody, 65534/)
  const closed = join(tmpPath, 'closed')
  mkdirSync(closed, { mode: 0o700 })
  assert.match(
    says(nobody, join(closed, 'tmp')),
    /^tmp_path: expected that this works as uid 65534/,
  )
  assert.match(
    says({ chroot: '/jail' }),
    /process\.chroot[\s\S]*expected nothing: there is no chroot/,
  )
  const path = process.env.PATH
  t.after(() => {
    process.env.PATH = path
  })
  process.env.PATH = closed
  assert.match(says({ no_new_privs: true }), /^process\.no_new_privs: expected the program setpriv/)
})

test('who is not root cannot ask for another user', { skip: notRoot }, (t) => {
  const me = process as Required<Pick<NodeJS.Process, 'getuid' | 'getgid'>>
  t.mock.method(me, 'getuid', () => 1000)
  t.mock.method(me, 'getgid', () => 1000)
  assert.throws(
    () => settle(nobody, '/tmp'),
    /expected a runner that root has started, got uid 1000/,
  )
  assert.equal(settle({ uid: 1000 }, '/tmp').user, undefined)
})
