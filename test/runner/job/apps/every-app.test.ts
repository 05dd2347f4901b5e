/** What holds for each app alike. Its program is a stand-in: none of this is up to the real one. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Inventory, Job } from '../../../../broker/job.ts'
import type { AppSettings } from '../../../../runner/job/context.ts'
import { noKey } from '../../../kit/job.ts'
import { keyPair } from '../../../kit/sshd.ts'
import { runScript, tempFolder } from '../make.ts'
import { unlessThere } from './recorded.ts'

const apps = [
  ...['ansible', 'terraform', 'tofu', 'terragrunt'],
  ...['bash', 'python', 'powershell', 'report'],
]

/** Runs `job` by each app, whose program is this shell script. */
async function byEach(
  t: TestContext,
  script: string,
  job: Partial<Job>,
  settings: (program: string) => AppSettings,
  check: (result: Awaited<ReturnType<typeof runScript>>, app: string) => void,
): Promise<void> {
  const program = join(await tempFolder(t), 'stand-in')
  // What Terraform says when nothing is to be asked.
  await writeFile(program, `#!/bin/sh\n${script}\necho "No changes."\n`)
  await chmod(program, 0o755)
  for (const app of apps) {
    const playbook = /^t(erra|ofu)/.test(app) ? '' : 'run.sh'
    const changes = { settings: { apps: { [app]: settings(program) } } }
    check(await runScript(t, '', { ...job, app, playbook }, changes), app)
  }
}

test('the runner names another program for an app, and what stands before its arguments', async (t) => {
  const settings = (path: string) => ({ path, args: ['--of-the-owner', 'a b'] })
  await byEach(t, 'printf "argv: %s\\n" "$@"', {}, settings, ({ end, log }, app) => {
    assert.equal(end.outcome, 'succeeded', `${app}: ${log.text}`)
    assert.match(log.text, /\nargv: --of-the-owner\nargv: a b\n/, app)
  })
})

test('the ssh key of the inventory is in an agent that every app finds', {
  skip: unlessThere('ssh-agent'),
}, async (t) => {
  const key = await keyPair(join(await tempFolder(t), 'key'), 'a passphrase')
  const inventory: Inventory = {
    ...{ id: 5, name: 'hosts', type: 'static', inventory: 'localhost' },
    ssh_key: {
      ...{ type: 'ssh', login: 'ada', private_key: key.private, passphrase: 'a passphrase' },
    },
    become_key: noKey,
  }
  const sockets = new Set<string>()
  const script = 'ssh-add -L; echo "socket: $SSH_AUTH_SOCK"'
  await byEach(
    t,
    script,
    { inventory },
    (path) => ({ path }),
    ({ end, log }, app) => {
      assert.equal(end.outcome, 'succeeded', `${app}: ${log.text}`)
      assert.ok(log.text.includes(key.public.split(' ')[1] as string), app)
      const [, socket = ''] = /^socket: (.+)$/m.exec(log.text) ?? []
      sockets.add(socket)
      assert.ok(socket !== '' && !existsSync(socket), `${app}: the agent is gone`)
    },
  )
  assert.equal(sockets.size, apps.length, 'each has one of its own')
})

test('secret variables of an app of the owner, its environment and its end', async (t) => {
  const job: Partial<Job> = {
    env: { PLAIN: 'plain text' },
    secrets: [{ name: 'password', type: 'var', value: 'secret of type var' }],
  }
  const script = 'env; printf "argv: %s\\n" "$@"; test "$password" = "secret of type var" && exit 9'
  const program = join(await tempFolder(t), 'report')
  await writeFile(program, `#!/bin/sh\n${script}\n`)
  await chmod(program, 0o755)
  const changes = { settings: { apps: { report: { path: program } } } }
  const { end, log } = await runScript(t, '', { ...job, app: 'report' }, changes)
  assert.deepEqual([end.outcome, end.exit_code], ['failed', 9])
  assert.match(log.text, /^PLAIN=plain text$/m)
  assert.match(log.text, /^password=\*\*\*$/m)
  assert.match(log.text, /^SEMAPHORE_TASK_DETAILS_ID=7$/m)
  assert.deepEqual(log.text.match(/^argv: .*$/gm), ['argv: run.sh'])
})

test('an app that is switched off, and one whose program is not there', async (t) => {
  await byEach(
    t,
    'echo ran',
    {},
    () => ({ active: false }),
    ({ end, log }, app) => {
      const reason = `app ${app}: switched off on this runner; `
      assert.ok(end.reason?.startsWith(reason), `${app}: ${end.reason}`)
      assert.doesNotMatch(log.text, /^ran$/m)
    },
  )
  await byEach(
    t,
    '',
    {},
    () => ({ path: 'not-installed' }),
    ({ end }, app) => {
      assert.match(end.reason ?? '', /^not-installed: not found on this runner/, app)
    },
  )
})
