/** That the simulator is worth something: it finds faults, it repeats itself, and it says what it did. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, watch } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { breaks } from './breaks.ts'
import { type Compiled, compile } from './compile.ts'
import { runSeeds } from './pool.ts'

const program = join(import.meta.dirname, 'main.ts')
const root = join(import.meta.dirname, '../..')

interface Ended {
  code: number
  out: string
  err: string
}

function run(command: string, ...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd: root, maxBuffer: 1e8 }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err })
    })
  })
}

const simulate = (...args: string[]) => run(process.execPath, '--import', 'tsx', program, ...args)
/** As a person does who copies it from the screen. */
const shell = (line: string) => run('sh', '-c', line)

async function compiled<T>(name: string | undefined, act: (it: Compiled) => Promise<T>) {
  const it = await compile(name === undefined ? undefined : breaks[name])
  try {
    return await act(it)
  } finally {
    await it.close()
  }
}

test('whatever is lost or dies, every promise holds and everything comes to its end', async (t) => {
  const seen = new Set<string>()
  const missing = () => worthSeeing.filter((what) => !seen.has(what))
  await compiled(undefined, async ({ program }) => {
    // Some faults are rare: it goes on until each was there, so that none can be missing for ever.
    for (let first = 1; first === 1 || (missing().length > 0 && first < 3_000); first += 150) {
      const { runs, failure, counts } = await runSeeds(program, { first, last: first + 149 })
      assert.equal(failure, undefined)
      assert.equal(runs, 150)
      for (const what of Object.keys(counts)) seen.add(what)
      t.diagnostic(`from seed ${first}: ${JSON.stringify(counts)}`)
    }
  })
  assert.deepEqual(missing(), [], 'no run had these')
})

test('the same seed tells the same story, byte for byte', async () => {
  // One of the large worlds, whatever else changes.
  const [one, other] = [await simulate('--seed', '7'), await simulate('--seed', '7')]
  assert.equal(one.code, 0)
  assert.ok(one.out.split('\n').length > 50)
  assert.equal(one.out, other.out)
})

for (const name of Object.keys(caughtAs())) {
  test(`a fault is found: ${name}`, async (t) => {
    const run = ({ program }: Compiled) => runSeeds(program, { first: 1, last: 1_000 })
    const { failure } = await compiled(name, run)
    assert.match(failure?.what ?? 'none found', caughtAs()[name] as RegExp)
    t.diagnostic(`seed ${failure?.seed}: ${failure?.what}`)
  })
}

test('the line that is printed replays the failing seed, byte for byte', async (t) => {
  const { code, err } = await simulate('--break', 'accept a stale attempt', '--seeds', '2000')
  assert.equal(code, 1)
  const [, seed, what] = /^simulate: seed (\d+): (.+)$/m.exec(err) ?? assert.fail(err)
  const [, line] = /^replay: (.+)$/m.exec(err) ?? assert.fail(err)
  // Others ran before it in its process: what they left there must not matter.
  assert.ok(Number(seed) > 1, `found by the first seed: ${what}`)
  t.diagnostic(`seed ${seed}: ${what}`)
  const one = await shell(line as string)
  assert.equal(one.code, 1)
  assert.equal(/VIOLATION: (.+)/.exec(one.out)?.[1], what)
  assert.deepEqual(await shell(line as string), one)
})

test('whoever ends it finds nothing of it left', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'outstation-ended-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const isCopy = (name: string | null) => name?.startsWith('outstation-simulate-') ?? false
  const copied = async () => {
    for await (const { filename } of watch(folder)) if (isCopy(filename)) return
  }
  const begun = copied()
  const child = spawn(process.execPath, ['--import', 'tsx', program], {
    env: { ...process.env, TMPDIR: folder },
    stdio: 'ignore',
  })
  await begun
  child.kill('SIGTERM')
  const [code] = await once(child, 'exit')
  assert.equal(code, 143)
  assert.deepEqual((await readdir(folder)).filter(isCopy), [])
})

test('bad flags are one clear line and exit code 2', async () => {
  for (const args of [['--seeds', 'x'], ['--break', 'nothing'], ['--nonsense']]) {
    const { code, err } = await simulate(...args)
    assert.equal(code, 2, args.join(' '))
    assert.match(err, /^simulate: [^\n]+\n$/)
  }
  assert.equal((await simulate('--help')).code, 0)
})

const worthSeeing = [
  'files stored',
  'server crashes',
  'runners killed',
  'power cuts of runners',
  'torn writes',
  "EIO on a runner's disk",
  "ENOSPC on a runner's disk",
  "pages dropped on a runner's disk",
  'runners that lost their disk',
  'commits refused by a full disk',
  'commits that failed',
  'failed commits found after a crash',
  'cuts between server and broker',
  'brokers that were down',
  'freezes of the server',
  'freezes of runners',
  'tasks unreachable',
  'links cut',
  'links half open',
  'partitions',
  'messages lost',
  'messages repeated',
  'messages out of order',
  'wall clocks set',
  'spawns of later attempts',
  'tasks that ended: success',
  'tasks that ended: stopped',
  'interrupted results',
  'webhooks that came',
  'webhooks that came again',
  'webhooks that failed: receiver hangs',
  'webhooks that failed: receiver loses',
  'webhooks that failed: receiver refuses',
]

function caughtAs(): Record<string, RegExp> {
  return {
    'ack before commit': /before it was on disk/,
    'spawn before journal': /before it was on disk|spawned twice/,
    'accept a stale attempt': /current attempts|both spawned/,
    'skip a seq': /is not what was printed/,
    'drop the spool at result': /stored with|no end in sight|damaged/,
  }
}
