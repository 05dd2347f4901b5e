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

function simulate(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    const run = ['--import', 'tsx', program, ...args]
    execFile(process.execPath, run, { maxBuffer: 1e8 }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err })
    })
  })
}

async function compiled<T>(name: string | undefined, act: (it: Compiled) => Promise<T>) {
  const it = await compile(name === undefined ? undefined : breaks[name])
  try {
    return await act(it)
  } finally {
    await it.close()
  }
}

test('whatever is lost or dies, every promise holds and everything comes to its end', async (t) => {
  const run = ({ program }: Compiled) => runSeeds(program, { first: 1, last: 150 })
  const { runs, failure, counts } = await compiled(undefined, run)
  assert.equal(failure, undefined)
  assert.equal(runs, 150)
  t.diagnostic(JSON.stringify(counts))
  for (const what of worthSeeing) assert.ok((counts[what] ?? 0) > 0, `no run had: ${what}`)
})

test('the same seed tells the same story, byte for byte', async () => {
  const [one, other] = [await simulate('--seed', '58'), await simulate('--seed', '58')]
  assert.equal(one.code, 0)
  assert.ok(one.out.split('\n').length > 100)
  assert.equal(one.out, other.out)
})

for (const name of Object.keys(caughtAs())) {
  test(`a fault is found: ${name}`, async (t) => {
    const run = ({ program }: Compiled) => runSeeds(program, { first: 1, last: 200 })
    const { failure } = await compiled(name, run)
    assert.match(failure?.what ?? 'none found', caughtAs()[name] as RegExp)
    t.diagnostic(`seed ${failure?.seed}: ${failure?.what}`)
  })
}

test('a failing seed is named with what replays it', async () => {
  const { code, err } = await simulate('--break', 'ack before commit', '--seeds', '5')
  assert.equal(code, 1)
  assert.match(err, /^simulate: seed \d+: .*before it was on disk$/m)
  assert.match(err, /^replay: npm run simulate -- --seed \d+ --break 'ack before commit'$/m)
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
  'webhooks',
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
