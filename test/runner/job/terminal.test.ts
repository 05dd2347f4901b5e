/** A stand-in for ansible-playbook that asks on its terminal, and what the runner answers there. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { systemClock } from '../../../lib/clock.ts'
import { sha256hex } from '../../../lib/ids.ts'
import type { JobContext } from '../../../runner/job/context.ts'
import { prepareLimits } from '../../../runner/job/limits.ts'
import type { JobChanges } from '../../kit/job.ts'
import { noLimits } from '../../kit/limits.ts'
import { Collected, runScript } from './make.ts'

const python = '/usr/bin/python3'
const own = { apps: { ansible: { path: '/bin/bash', args: ['run.sh'] } } }
/** Every character that means something to a terminal. */
const password = `C\x03 D\x04 U\x15 W\x17 V\x16 \\ S\x13 Q\x11 Z\x1a \x7f\b\t"'$é and more`
const become_key = { type: 'login_password' as const, login: 'ada', password }
const inventory = {
  ...{ id: 5, name: 'hosts', type: 'static' as const, inventory: 'here\n' },
  ...{ ssh_key: { type: 'none' as const }, become_key },
}

/** @param script what stands in for ansible-playbook */
function ask(
  t: TestContext,
  script: string,
  job: JobChanges = {},
  changes: Partial<JobContext> = {},
) {
  const env = { PATH: '/usr/bin:/bin' }
  const asking = { task_arguments: ['--ask-become-pass'], inventory, env, ...job }
  const common = { app: 'ansible', playbook: 'run.sh', ...asking }
  return runScript(t, script, common, { settings: own, ...changes })
}

const getpass = (question: string) =>
  `${python} -c 'import getpass,sys; sys.stdout.write(getpass.getpass("${question}"))'`

test('a question is answered with the very password, and nowhere seen', async (t) => {
  const { end, log } = await ask(
    t,
    `${getpass('BECOME password: ')} | sha256sum
tr '\\0' '\\n' < /proc/$$/environ | grep -c 'and more'
tr '\\0' '\\n' < /proc/$$/cmdline | grep -c 'and more'
cat; test ! -t 0 && test -p /dev/stdout && test -p /dev/stderr && echo the rest is as ever
exit 7`,
  )
  assert.match(log.text, new RegExp(`\n${sha256hex(password)} `))
  assert.match(
    log.text,
    /in place\nBECOME password: \(answered\)\n\S+ {2}-\n0\n0\nthe rest is as ever\n/,
  )
  assert.doesNotMatch(log.text, /\r|and more/)
  assert.deepEqual([end.exit_code, end.reason], [7, 'exited with code 7'])
})

test('who asks without hiding it does not have it shown', async (t) => {
  const script = 'printf "BECOME password: " >/dev/tty; read -r x </dev/tty; echo "it is $x"'
  const key = { ...become_key, password: 'open sesame\r\n' }
  const { log } = await ask(t, script, { inventory: { ...inventory, become_key: key } })
  assert.match(log.text, /\nBECOME password: \(answered\)\nit is \*\*\*\n$/)
})

test('what is only said on the terminal is part of the log, masked', async (t) => {
  const script = 'printf "one\\n\\ntw" >/dev/tty; printf "o open sesame\\n" >/dev/tty'
  const secrets = [{ name: 'X', type: 'env' as const, value: 'open sesame' }]
  const { log } = await ask(t, `${script}; ${getpass('BECOME password: ')}`, { secrets })
  assert.match(log.text, /\none\ntwo \*\*\*\nBECOME password: \(answered\)\n/)
})

test('a question for which the job has no password ends it at once', async (t) => {
  const cases = [
    ['Vault password: ', 'give the template a vault named default, with a password'],
    ['Vault password (prod): ', 'give the template a vault named prod, with a password'],
    ['SSH password: ', 'give the inventory a key with a password'],
  ]
  for (const [question = '', fix] of cases) {
    const { end, log } = await ask(t, getpass(question))
    const asked = `it asks "${question.trim()}" on a terminal, and there is nobody to answer`
    assert.equal(end.reason, `${asked}; ${fix}`)
    assert.ok(log.text.endsWith(`\nRunning app failed: ${end.reason}\n`), log.text)
    assert.doesNotMatch(log.text, /left running/)
  }
})

/** It waits for the patience of a terminal as little as it likes. */
const hasty = {
  ...systemClock,
  sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms === 10_000 ? 1 : ms, signal),
}

test('a question that nobody knows ends it after a while, with all that it started', async (t) => {
  const script = `sleep 900 & echo started; printf 'Are you sure (yes/no)? ' >/dev/tty; read x </dev/tty`
  const { end, log } = await ask(t, script, {}, { clock: hasty })
  const asked = 'it asks "Are you sure (yes/no)?" on a terminal, and there is nobody to answer'
  assert.equal(end.reason, `${asked}; hand it over by a file or a variable`)
  assert.match(log.text, /\nstarted\nRunning app failed: it asks/)
})

test('who asks the same again and again is not answered for ever', async (t) => {
  const { end, log } = await ask(t, `while :; do ${getpass('BECOME password: ')} >/dev/null; done`)
  assert.match(end.reason ?? '', /nobody to answer; its answer was not taken$/)
  assert.equal(log.text.match(/\(answered\)/g)?.length, 3)
})

test('an answer that is no line for a terminal', async (t) => {
  for (const text of ['two\nlines', 'a\rb', 'x'.repeat(4096)]) {
    const key = { ...become_key, password: text }
    const job = { inventory: { ...inventory, become_key: key } }
    const { end } = await ask(t, getpass('BECOME password: '), job)
    assert.match(end.reason ?? '', /its answer must be one line of 4095 bytes at most$/)
  }
  const key = { ...become_key, password: 'x'.repeat(4095) }
  const job = { inventory: { ...inventory, become_key: key } }
  const { log } = await ask(t, `${getpass('BECOME password: ')} | wc -c`, job)
  assert.match(log.text, /\n4095\n$/)
})

test('a stop ends what waits on its terminal, and what was piped knows its end', async (t) => {
  const cancel = new AbortController()
  const log = new Collected()
  const script = 'yes | head -1; echo waiting; printf "Yes? " >/dev/tty; read x </dev/tty'
  const running = ask(t, script, {}, { cancel: cancel.signal, log })
  await log.holds(/\ny\nwaiting\n/)
  cancel.abort({ force: false })
  const { end } = await running
  assert.deepEqual([end.outcome, end.signal], ['cancelled', 'SIGTERM'])
})

test('a signal of the command is told as without a terminal', async (t) => {
  const { end } = await ask(t, 'kill -PIPE $$')
  assert.equal(end.reason, 'ended by signal SIGPIPE')
})

test('there is no terminal for a command line that does not ask', async (t) => {
  const script = '(: </dev/tty) 2>/dev/null || echo none'
  assert.match((await ask(t, script, { task_arguments: [] })).log.text, /\nnone\n$/)
  assert.doesNotMatch((await ask(t, script)).log.text, /\nnone\n$/)
})

test('limits and namespaces around it', { skip: noLimits }, async (t) => {
  const limits = prepareLimits({ pids: 100 })
  const wrapper = ['/usr/bin/setpriv', '--no-new-privs', '--']
  const script = `${getpass('BECOME password: ')} | sha256sum; ls /proc/self/fd | wc -l`
  const { log } = await ask(t, script, {}, { isolation: { wrapper, limits } })
  assert.match(log.text, new RegExp(`\n${sha256hex(password)} `))
})

test('without python3 it says what is missing', async (t) => {
  const { end } = await ask(t, 'echo ran', { env: { PATH: '/nowhere' } })
  assert.match(end.reason ?? '', /^python3: not found on this runner; install it: a command that/)
})
