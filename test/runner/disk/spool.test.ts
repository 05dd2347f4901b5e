import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { limits } from '../../../broker/codec.ts'
import type { DamageReport } from '../../../broker/messages.ts'
import { systemClock } from '../../../lib/clock.ts'
import { openSpool, type Spool, type SpoolOptions } from '../../../runner/disk/spool.ts'
import { SmallDisk } from '../../kit/small-disk.ts'
import { ears, folder, handClock } from './setup.ts'

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

async function open(dir: string, more: Partial<SpoolOptions> = {}): Promise<Spool> {
  return openSpool(dir, 7, 2, { log: ears().log, clock: systemClock, ...more })
}

async function readAll(spool: Spool, from = spool.first): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for (let seq = from; seq < spool.synced; seq += 1) parts.push((await spool.read(seq)).bytes)
  return Buffer.concat(parts)
}

function sizeOf(dir: string): number {
  return readdirSync(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0)
}

test('a log comes back byte for byte, in records that fit a chunk', async (t) => {
  const dir = join(await folder(t), 'spool')
  const spool = await open(dir)
  const parts = [1, 15_359, 15_360, 15_361, 0, 100_000, 7].map((size) => randomBytes(size))
  const whole = Buffer.concat(parts)
  for (const part of parts) await spool.write(part, 1234)
  await spool.flush()
  assert.deepEqual([spool.bytes, spool.digest()], [whole.length, sha256(whole)])
  assert.ok(spool.synced >= Math.ceil(whole.length / limits.chunkBytes))
  for (let seq = 0; seq < spool.synced; seq += 1) {
    const { at, bytes } = await spool.read(seq)
    assert.equal(at, 1234)
    assert.ok(bytes.length > 0 && bytes.length <= limits.chunkBytes)
  }
  assert.deepEqual(await readAll(spool), whole)
  await assert.rejects(spool.read(spool.synced), { code: 'not_found' })
  await spool.close()
  await spool.close()
  await assert.rejects(spool.write(whole, 0), { code: 'unavailable' })
  assert.equal(statSync(dir).mode & 0o777, 0o700)
  for (const name of readdirSync(dir)) assert.equal(statSync(join(dir, name)).mode & 0o777, 0o600)

  const again = await open(dir)
  assert.deepEqual([again.bytes, again.digest()], [whole.length, sha256(whole)])
  await again.write(Buffer.from('more'), 1)
  await again.flush()
  assert.equal(again.digest(), sha256(Buffer.concat([whole, Buffer.from('more')])))
  await again.close()
})

test('files lie between pieces of a log, each part in records of its own', async (t) => {
  const dir = await folder(t)
  const spool = await open(dir)
  const noise = randomBytes(20_000)
  const written = [
    ['log 1\n', 0, undefined],
    [noise, 5, 'file'],
    ['{"a":1}', 6, 'artifact'],
    ['{"b":2}', 0, 'artifact'],
    ['x', 7, 'file'],
    ['log 2\n', 8, undefined],
  ] as const
  for (const [bytes, at, part] of written) await spool.write(Buffer.from(bytes), at, part)
  await spool.flush()
  const whole = Buffer.concat(written.map(([bytes]) => Buffer.from(bytes)))
  const expected = written.flatMap(([bytes, at, part]) => {
    const pieces = [Buffer.from(bytes).subarray(0, 15_360), Buffer.from(bytes).subarray(15_360)]
    return pieces.filter(({ length }) => length > 0).map((piece) => ({ at, part, piece }))
  })
  const check = async (spool: Spool) => {
    assert.deepEqual([spool.bytes, spool.digest()], [whole.length, sha256(whole)])
    assert.equal(spool.synced, expected.length)
    for (const [seq, { at, part, piece }] of expected.entries()) {
      const record = await spool.read(seq)
      assert.deepEqual([record.at, record.part], [at, part])
      assert.ok(piece.equals(record.bytes))
    }
    await spool.close()
  }
  await check(spool)
  await check(await open(dir))
})

test('the buffer that was written may be used again at once', async (t) => {
  const spool = await open(await folder(t))
  const buffer = Buffer.from('first')
  await spool.write(buffer, 1)
  buffer.fill('x')
  await spool.flush()
  assert.equal(String(await readAll(spool)), 'first')
  await spool.close()
})

test('a log without a byte leaves nothing on disk', async (t) => {
  const dir = await folder(t)
  const spool = await open(dir)
  await spool.flush()
  assert.deepEqual([spool.synced, spool.bytes, spool.digest()], [0, 0, sha256(Buffer.alloc(0))])
  await spool.close()
  assert.deepEqual(readdirSync(dir), [])
})

test('bytes wait 50 ms for company, 256 KiB do not wait', async (t) => {
  const clock = handClock()
  const spool = await open(await folder(t), { clock })
  const grown = () => new Promise<number>((resolve) => spool.onSynced(resolve))
  await spool.write(Buffer.from('a'), 1)
  clock.pass(49)
  await spool.write(Buffer.from('b'), 2)
  const one = grown()
  clock.pass(1)
  assert.equal(await one, 1)
  assert.deepEqual([String((await spool.read(0)).bytes), (await spool.read(0)).at], ['ab', 1])

  const many = grown()
  await spool.write(Buffer.alloc(262_144 + limits.chunkBytes), 3)
  assert.equal(await many, 1 + Math.floor(262_144 / limits.chunkBytes) + 1)
  await spool.close()
})

test('a crash in the middle of a record costs that record, at whatever byte', async (t) => {
  const dir = await folder(t)
  const spool = await open(dir)
  await spool.write(Buffer.from('kept'), 1)
  await spool.flush()
  const { digest, path } = { digest: spool.digest(), path: join(dir, readdirSync(dir)[0] ?? '') }
  const { size } = statSync(path)
  await spool.write(Buffer.from('torn'), 1)
  await spool.flush()
  await spool.close()
  const whole = readFileSync(path)
  for (let length = size; length < whole.length; length += 1) {
    writeFileSync(path, whole.subarray(0, length))
    const again = await open(dir)
    assert.deepEqual([again.synced, again.digest(), again.damage], [1, digest, []])
    assert.equal(statSync(path).size, size)
    await again.close()
  }
})

test('past the cap it waits for acks, then drops what is acked, and still knows the whole', async (t) => {
  const dir = await folder(t)
  const cap = 262_144
  const { log, until, heard } = ears()
  const spool = await open(dir, { cap, log })
  const whole = randomBytes(3 * 1_048_576)
  let written = false
  const writing = spool.write(whole, 1).then(() => spool.flush())
  const done = writing.then(() => {
    written = true
  })
  await until('spool: at its cap, the task waits for acknowledgements')
  assert.equal(written, false)
  assert.equal(spool.first, 0)
  assert.ok(spool.bytes <= cap)

  const got: Uint8Array[] = []
  const sender = new Promise<void>((resolve, reject) => {
    let next = 0
    let sending = Promise.resolve()
    const send = async () => {
      for (; next < spool.synced; next += 1) got.push((await spool.read(next)).bytes)
      assert.ok(sizeOf(dir) <= cap, `${sizeOf(dir)} bytes on disk`)
      spool.acked(next)
      if (written) resolve()
    }
    const poke = () => {
      sending = sending.then(send).catch(reject)
    }
    spool.onSynced(poke)
    done.then(poke, reject)
    poke()
  })
  await sender
  assert.deepEqual(Buffer.concat(got), whole)
  assert.ok(heard.includes('spool: at its cap, dropped acknowledged log'))
  assert.ok(spool.first > 0)
  await assert.rejects(spool.read(0), { code: 'not_found' })
  assert.deepEqual([spool.bytes, spool.digest()], [whole.length, sha256(whole)])
  const { synced, first } = spool
  await spool.close()

  const again = await open(dir, { cap })
  assert.deepEqual([again.bytes, again.digest()], [whole.length, sha256(whole)])
  assert.deepEqual([again.synced, again.first], [synced, first])
  const rest = await readAll(again)
  assert.deepEqual(rest, whole.subarray(whole.length - rest.length))
  await again.close()
})

test('below the cap nothing is dropped, acked or not', async (t) => {
  const spool = await open(await folder(t))
  await spool.write(Buffer.alloc(100_000, 'x'), 1)
  await spool.flush()
  spool.acked(spool.synced)
  await spool.write(Buffer.alloc(100_000, 'x'), 1)
  await spool.flush()
  assert.equal((await readAll(spool, 0)).length, 200_000)
  await spool.close()
})

test('the end of the signal ends what waits, with its reason', async (t) => {
  const { log, until } = ears()
  const abort = new AbortController()
  const spool = await open(await folder(t), { cap: 131_072, log, signal: abort.signal })
  const reason = new Error('the runner stops')
  const writing = assert.rejects(spool.write(Buffer.alloc(2_000_000), 1), reason)
  const flushing = assert.rejects(spool.flush(), reason)
  await until('spool: at its cap, the task waits for acknowledgements')
  abort.abort(reason)
  await Promise.all([writing, flushing])
  await assert.rejects(spool.write(Buffer.from('late'), 1), reason)
  await spool.close()
})

test('a full disk holds the writer up, is told once, and loses nothing', async (t) => {
  const disk = await SmallDisk.for(t)
  if (disk === undefined) return
  const dir = disk.path
  await writeFile(join(dir, 'ballast'), Buffer.alloc(700_000))
  const { log, until, heard } = ears()
  const told = new Set<string | undefined>()
  const onWait = (reason: string | undefined) => told.add(reason)
  const spool = await open(dir, { log, random: () => 0, onWait })
  const whole = randomBytes(900_000)
  const writing = spool.write(whole, 1).then(() => spool.flush())
  await until('spool: cannot write, the task waits')
  assert.ok(spool.bytes < whole.length)
  await rm(join(dir, 'ballast'))
  await writing
  assert.deepEqual(heard, ['spool: cannot write, the task waits'])
  assert.deepEqual(await readAll(spool), whole)
  assert.equal(spool.digest(), sha256(whole))
  const [waits, ...after] = told
  assert.match(waits ?? '', /^cannot write .*\.spool: no space left$/)
  assert.deepEqual(after, [undefined])
  await spool.close()
})

test('what lies behind damage is put aside, and the log ends before it', async (t) => {
  const dir = await folder(t)
  const cap = 524_288
  const spool = await open(dir, { cap })
  const whole = randomBytes(400_000)
  for (let from = 0; from < whole.length; from += 50_000) {
    await spool.write(whole.subarray(from, from + 50_000), 1)
    await spool.flush()
  }
  await spool.close()
  const [first = '', second = '', third = '', fourth = '', ...more] = readdirSync(dir).sort()
  assert.deepEqual(more, [])
  const bytes = readFileSync(join(dir, second))
  bytes.fill(0, 60_000, 60_010)
  writeFileSync(join(dir, second), bytes)

  const { log, heard } = ears()
  const told: DamageReport[] = []
  const onDamage = async (report: DamageReport) => void told.push(report)
  const again = await open(dir, { cap, log, onDamage })
  assert.deepEqual(
    told.map(({ file, attempts }) => [file, attempts]),
    [second, third, fourth].map((name) => [name, [{ task: 7, attempt: 2 }]]),
  )
  assert.ok((told[0]?.records ?? 0) > 0 && (told[0]?.offset ?? 0) <= 60_000)
  assert.deepEqual(
    again.damage.map(({ path }) => path),
    [second, third, fourth].map((name) => join(dir, name)),
  )
  assert.deepEqual(readFileSync(again.damage[0]?.kept ?? ''), bytes)
  const left = await readAll(again)
  assert.ok(left.length > 100_000 && left.length < 200_000)
  assert.deepEqual(left, whole.subarray(0, left.length))
  assert.deepEqual([again.bytes, again.digest()], [left.length, sha256(left)])
  assert.deepEqual(new Set(heard), new Set(['spool: damaged, the log ends here']))
  await again.close()

  await rm(join(dir, first))
  const headless = await open(dir, { cap })
  assert.equal(headless.damage.length, 0)
  assert.equal(headless.bytes, left.length)
  await headless.discard()
  assert.ok(readdirSync(dir).every((name) => name.includes('.damaged-')))
})

test('a log whose first segment lost its head is put aside as a whole', async (t) => {
  const dir = await folder(t)
  const cap = 131_072
  const spool = await open(dir, { cap })
  await spool.write(Buffer.alloc(70_000, 'x'), 1)
  await spool.flush()
  await spool.close()
  const names = readdirSync(dir).sort()
  assert.ok(names.length > 1)
  const path = join(dir, names[0] ?? '')
  const bytes = readFileSync(path)
  bytes[20] = 0
  writeFileSync(path, bytes)
  const again = await open(dir, { cap })
  assert.deepEqual([again.synced, again.bytes, again.damage.length], [0, 0, names.length])
  await again.write(Buffer.from('anew'), 1)
  await again.flush()
  assert.equal(again.digest(), sha256(Buffer.from('anew')))
  await again.close()
})

test('a big log is written, reopened and read within seconds', async (t) => {
  const dir = await folder(t)
  const spool = await open(dir)
  const part = randomBytes(1_000_000)
  const hash = createHash('sha256')
  const started = performance.now()
  for (let n = 0; n < 40; n += 1) {
    await spool.write(part, 1)
    hash.update(part)
  }
  await spool.flush()
  const seconds = (performance.now() - started) / 1000
  t.diagnostic(`${(40 / seconds).toFixed(0)} MB/s written`)
  assert.ok(seconds < 20, `${seconds} s for 40 MB`)
  const expected = hash.digest('hex')
  assert.equal(spool.digest(), expected)
  assert.equal(readdirSync(dir).length, 3)
  await spool.close()
  const again = await open(dir)
  assert.equal(again.digest(), expected)
  const picked = [again.synced - 1, 0, 1200, 1201, 1199]
  for (const seq of picked) assert.ok((await again.read(seq)).bytes.length > 0)
  assert.equal(sha256(await readAll(again)), expected)
  await again.discard()
  assert.deepEqual(readdirSync(dir), [])
})

test('a cap too small for a record or two is refused', async (t) => {
  await assert.rejects(open(await folder(t), { cap: 1000 }), {
    code: 'config',
    message: 'expected a spool of at least 131072 bytes, got 1000',
  })
})
