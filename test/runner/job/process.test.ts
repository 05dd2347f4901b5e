/** Whole jobs with real processes: how they end, what they print, what they leave. */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { filesBelow } from '../../kit/files.ts'
import { Collected, runScript } from './make.ts'

const programs = join(import.meta.dirname, '../../fixtures/programs')
const program = (name: string) => readFile(join(programs, name), 'utf8')

test('a script that succeeds', async (t) => {
  const { end, log } = await runScript(t, 'echo hello')
  assert.deepEqual(end, {
    outcome: 'succeeded',
    exit_code: 0,
    signal: null,
    reason: null,
    commit_hash: null,
    commit_message: null,
  })
  assert.match(log.text, /^Preparing: 7\nUsing \/\S+ in place\nhello\n$/)
})

test('an exit code is told', async (t) => {
  const { end, log } = await runScript(t, 'echo unfinished line | tr -d "\\n"; exit 3')
  assert.equal(end.outcome, 'failed')
  assert.equal(end.exit_code, 3)
  assert.equal(end.reason, 'exited with code 3')
  assert.match(log.text, /unfinished line\nRunning app failed: exited with code 3\n$/)
})

test('a signal is told by its name', async (t) => {
  const { end, log } = await runScript(t, 'kill -SEGV $$')
  assert.deepEqual([end.outcome, end.exit_code, end.signal], ['failed', null, 'SIGSEGV'])
  assert.match(log.text, /\nRunning app failed: ended by signal SIGSEGV\n$/)
})

test('a missing program', async (t) => {
  const settings = { apps: { bash: { path: 'no-such-shell' } } }
  const { end, log } = await runScript(t, '', {}, { settings })
  assert.equal(end.reason, 'no-such-shell: not found on this runner; install bash')
  assert.match(
    log.text,
    /\nRunning app failed: no-such-shell: not found on this runner; install bash\n$/,
  )
})

test('a missing script, and one outside of the repository', async (t) => {
  const missing = await runScript(t, '', { playbook: 'site.sh' })
  assert.match(missing.end.reason ?? '', /^script site\.sh: not found in \//)
  const outside = await runScript(t, '', { playbook: '../../../../../../../etc/passwd' })
  assert.match(outside.end.reason ?? '', /leads out of the repository$/)
})

test('arguments too long for the system', async (t) => {
  const { end } = await runScript(t, '', { variables: { big: 'x'.repeat(200_000) } })
  assert.match(end.reason ?? '', /^bash: its arguments are too long for this system; /)
})

test('stdin is empty and stdout is a pipe', async (t) => {
  const { end, log } = await runScript(t, 'cat; test -p /dev/stdout && test ! -t 0 && echo pipe')
  assert.equal(end.outcome, 'succeeded')
  assert.match(log.text, /\npipe\n$/)
})

test('raw bytes, and stdout and stderr in the order of their writing', async (t) => {
  const { log } = await runScript(t, await program('hostile-bytes.sh'))
  const turns = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `out ${n}\nerr ${n}\n`).join('')
  const head = Buffer.from([
    ...Buffer.from('nul \0 latin '),
    0xff,
    0xfe,
    ...Buffer.from(' cut '),
    0xc3,
    10,
  ])
  const expected = Buffer.concat([head, Buffer.from(`${turns}to the device\n`)])
  assert.ok(log.bytes.subarray(-expected.length).equals(expected), log.text)
})

test('a line of 100 MB, its tail masked, without being kept in memory', async (t) => {
  const counting = {
    bytes: 0,
    async write(chunk: Uint8Array) {
      this.bytes += chunk.length
    },
  }
  const secrets = [{ name: 'X', type: 'env' as const, value: 'xxxxxxxx' }]
  const script = await program('long-line.sh')
  const plain = await runScript(t, script, {}, { log: counting })
  assert.equal(plain.end.outcome, 'succeeded')
  assert.ok(counting.bytes > 104_857_600)
  const { log } = await runScript(t, script, { secrets })
  assert.match(log.text, /in place\n\*\*\*\n$/)
})

test('a log that is not taken stops the reading, and nothing is lost', async (t) => {
  let release = () => {}
  const gate = new Promise<void>((open) => {
    release = open
  })
  const slow = new (class extends Collected {
    override async write(bytes: Uint8Array) {
      await super.write(bytes)
      if (this.text.includes('\n1\n')) await gate
    }
  })()
  const running = runScript(t, 'seq 1 200000', {}, { log: slow })
  await slow.holds(/\n1\n/)
  const taken = slow.bytes.length
  // More turns of the loop than the rest of the output would need to be read.
  for (let turn = 0; turn < 200; turn++) await new Promise((next) => setImmediate(next))
  assert.equal(slow.bytes.length, taken)
  release()
  assert.equal((await running).end.outcome, 'succeeded')
  assert.match(slow.text, /\n199999\n200000\n$/)
})

test('a log that cannot be written ends the task', async (t) => {
  const broken = {
    async write(bytes: Uint8Array) {
      if (bytes.includes(65)) throw new Error('no space left on the disk')
    },
  }
  const { end } = await runScript(t, 'while echo A; do :; done', {}, { log: broken })
  assert.equal(end.outcome, 'failed')
  assert.match(end.reason ?? '', /no space left on the disk/)
})

test('a cancel ends what ignores TERM and what has left the session', async (t) => {
  const cancel = new AbortController()
  const log = new Collected()
  const running = runScript(
    t,
    await program('setsid-survivor.sh'),
    {},
    { cancel: cancel.signal, log, graceMs: 300 },
  )
  const child = Number((await log.holds(/child (\d+)/))[1])
  const main = Number((await log.holds(/started (\d+)/))[1])
  assert.ok(isAlive(child) && isAlive(main))
  cancel.abort({ force: false })
  const { end } = await running
  assert.deepEqual([end.outcome, end.reason], ['cancelled', 'stopped on request'])
  assert.equal(end.signal, 'SIGKILL')
  assert.ok(!isAlive(child) && !isAlive(main))
  assert.match(log.text, /\nStopped on request\n$/)
})

test('a cancel lets a script clean up', async (t) => {
  const cancel = new AbortController()
  const log = new Collected()
  const script = 'trap "echo cleaned; exit 0" TERM; echo ready; while :; do sleep 0.05; done'
  const running = runScript(t, script, {}, { cancel: cancel.signal, log })
  await log.holds(/ready/)
  cancel.abort({ force: false })
  assert.equal((await running).end.outcome, 'cancelled')
  assert.match(log.text, /\ncleaned\n/)
})

test('a forced cancel kills at once', async (t) => {
  const cancel = new AbortController()
  const log = new Collected()
  const running = runScript(
    t,
    await program('setsid-survivor.sh'),
    {},
    { cancel: cancel.signal, log },
  )
  await log.holds(/child \d+/)
  cancel.abort({ force: true })
  assert.equal((await running).end.signal, 'SIGKILL')
})

test('a cancel before the start starts nothing', async (t) => {
  const { end, log } = await runScript(
    t,
    'echo ran',
    {},
    { cancel: AbortSignal.abort({ force: false }) },
  )
  assert.equal(end.outcome, 'cancelled')
  assert.ok(!log.text.includes('ran'))
})

test('a daemon that holds stdout open neither hangs the task nor survives it', async (t) => {
  const { end, log } = await runScript(t, await program('daemon.sh'))
  assert.equal(end.outcome, 'succeeded')
  const daemon = Number(/daemon (\d+)/.exec(log.text)?.[1])
  assert.ok(daemon > 0 && !isAlive(daemon))
  assert.match(
    log.text,
    new RegExp(`Ended what the command left running: sleep \\(pid ${daemon}\\)`),
  )
})

test('secrets are neither in argv nor in the log nor on the disk, during and after', async (t) => {
  // Of this run alone: another run of the tests on this machine uses the same /dev/shm.
  const word = randomUUID().slice(0, 8)
  const value = `correct horse ${word} staple`
  const secrets = [
    { name: 'PASSWORD', type: 'var' as const, value },
    { name: 'TOKEN', type: 'env' as const, value: `${value} too` },
  ]
  const script = `
    cat /proc/*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -c "${word.slice(0, -1)}[${word.slice(-1)}]" | sed 's/^/found: /'
    [ "$PASSWORD too" = "$TOKEN" ] && echo "they are here: $PASSWORD, $TOKEN"
    printf %s "$PASSWORD" | base64`
  const { end, log, context } = await runScript(t, script, { secrets })
  assert.equal(end.outcome, 'succeeded')
  assert.match(log.text, /\nfound: 0\nthey are here: \*\*\*, \*\*\*\n\*\*\*\n$/)
  assert.deepEqual(await filesWith(context.tmpPath, word), [])
  assert.deepEqual(await filesWith('/dev/shm', word), [])
})

test('the environment is what the allow-list says', async (t) => {
  process.env.OUTSTATION_TEST_FORWARDED = 'yes'
  process.env.OUTSTATION_TEST_HIDDEN = 'no'
  t.after(() => {
    delete process.env.OUTSTATION_TEST_FORWARDED
    delete process.env.OUTSTATION_TEST_HIDDEN
  })
  const settings = {
    forwarded_env_vars: ['OUTSTATION_TEST_FORWARDED'],
    env_vars: { FROM_OWNER: 'a', BOTH: 'owner' },
  }
  const job = {
    env: { FROM_TASK: 'b', BOTH: 'task' },
    template: { id: 2, name: 't', type: 'build' as const },
  }
  const { log } = await runScript(t, 'env -0 | sort -z | tr "\\0" "\\n"', job, { settings })
  const names = [...log.text.matchAll(/^([A-Z_]+)=/gm)].map((match) => match[1])
  assert.deepEqual(
    names.filter((name) => !name?.startsWith('SEMAPHORE_TASK_DETAILS_')),
    // biome-ignore format: one list
    ['BOTH', 'FROM_OWNER', 'FROM_TASK', 'HOME', 'LANG', 'OUTSTATION_ATTEMPT', 'OUTSTATION_TEST_FORWARDED', 'PATH', 'PWD', 'SEMAPHORE_TASK_TYPE', 'SHLVL', '_'],
  )
  assert.match(log.text, /^BOTH=task$/m)
  assert.match(log.text, /^SEMAPHORE_TASK_DETAILS_MESSAGE='a message'$/m)
})

for (const name of ['LD_PRELOAD', 'BASH_ENV', 'GIT_SSH_COMMAND', 'NODE_OPTIONS', 'a=b', '']) {
  test(`a task may not set the variable ${JSON.stringify(name)}`, async (t) => {
    const { end } = await runScript(t, 'echo ran', { env: { [name]: 'x' } })
    assert.equal(end.outcome, 'failed')
    assert.ok(
      end.reason?.startsWith(`environment variable ${JSON.stringify(name)}: not`),
      end.reason ?? '',
    )
  })
}

test('arguments come in their order', async (t) => {
  const { log } = await runScript(t, 'printf "<%s>" "$@"', {
    template_arguments: ['--one', 'two words'],
    variables: { name: 'v', number: 1, list: [1, 'a'] },
    task_arguments: ['last'],
  })
  assert.match(log.text, /<--one><two words><name=v><number=1><list=\[1,"a"\]><last>/)
})

function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX] /s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

async function filesWith(folder: string, text: string): Promise<string[]> {
  const found = await Promise.all(
    filesBelow(folder).map(async (file) =>
      (await readFile(file, 'latin1').catch(() => '')).includes(text) ? file : '',
    ),
  )
  return found.filter((file) => file !== '')
}
