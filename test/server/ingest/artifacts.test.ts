/** Files come in between the pieces of a log: no reader of the log meets them, and no byte of them is lost. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { Part } from '../../../broker/chunk.ts'
import { artifactBytes } from '../../../server/feed/artifact-bytes.ts'
import { LogLines } from '../../../server/feed/lines.ts'
import { LogDigests } from '../../../server/ingest/digests.ts'
import { listArtifacts } from '../../../server/store/artifacts.ts'
import { resultOf, Station } from './station.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const told = (name: string, content: string, problem: string | null = null) =>
  JSON.stringify({
    name,
    bytes: content.length,
    sha256: problem === null ? sha256(content) : null,
    problem,
  })

const pieces: [text: string, part?: Part][] = [
  ['one\ntwo\n'],
  ['first ', 'file'],
  ['half', 'file'],
  [told('a', 'first half'), 'artifact'],
  [told('empty', ''), 'artifact'],
  ['three\nfo'],
  ['\0\n\n', 'file'],
  [told('dir/b\n', '\0\n\n'), 'artifact'],
  [told('c', '', 'too large'), 'artifact'],
  ['no artifact', 'artifact'],
  ['ur\n'],
]
const texts = pieces.map(([text]) => text)

async function bytesOf(station: Station, row: Parameters<typeof artifactBytes>[1]) {
  let text = ''
  for await (const bytes of artifactBytes(station.store.read, row)) text += Buffer.from(bytes)
  return text
}

test('they are told apart, in one stream with one digest', async (t) => {
  const station = await Station.open(t)
  const { id, runner, session } = await station.running()
  const say = (from: number, to: number) =>
    pieces.slice(from, to).forEach(([text, part], index) => {
      station.chunk(runner, id, session, from + index, text, part)
    })
  const lines = new LogLines(station.store.read)
  const page = () => lines.page({ ...id, from: 0, count: 100 })
  say(0, 5)
  await station.ingest.idle()
  assert.equal((await page()).total, 2)
  assert.deepEqual(
    (await listArtifacts(station.store.read, id.task, 1)).map(({ name }) => name),
    ['a', 'empty'],
  )
  say(5, pieces.length)
  await station.ingest.idle()
  assert.equal(await station.log(id), 'one\ntwo\nthree\nfour\n')
  for (const view of [lines, new LogLines(station.store.read)]) {
    const { lines: all, seq, total } = await view.page({ ...id, from: 0, count: 100 })
    assert.deepEqual([total, seq], [4, 10])
    assert.deepEqual(
      all.map(({ line }) => line),
      ['one', 'two', 'three', 'four'],
    )
    for (const [from, line] of ['one', 'two', 'three', 'four'].entries()) {
      const [only] = (await view.page({ ...id, from, count: 1 })).lines
      assert.equal(only?.line, line)
    }
    assert.deepEqual(await view.find(id.task, 1, 'four', 10), [3])
  }
  assert.equal(await new LogDigests().of(station.store.read, id.task, 1), sha256(texts.join('')))

  station.result(runner, id, session, resultOf(texts))
  await station.ingest.idle()
  assert.equal((await station.task(id.task)).status, 'success')
  const rows = await listArtifacts(station.store.read, id.task, 1)
  assert.deepEqual(
    rows.map(({ name, bytes, problem }) => [name, bytes, problem]),
    [
      ['a', 10, null],
      ['empty', 0, null],
      ['dir/b\n', 3, null],
      ['c', 0, 'too large'],
    ],
  )
  const [a, empty, b] = rows
  assert.ok(a && empty && b)
  assert.equal(await bytesOf(station, a), 'first half')
  assert.equal(await bytesOf(station, empty), '')
  assert.equal(await bytesOf(station, b), '\0\n\n')
})

test('a file that is not what was told never comes whole', async (t) => {
  const station = await Station.open(t)
  const { id, runner, session } = await station.running()
  station.chunk(runner, id, session, 0, 'one', 'file')
  station.chunk(runner, id, session, 1, 'two', 'file')
  station.chunk(runner, id, session, 2, told('a', 'onethree'), 'artifact')
  await station.ingest.idle()
  const [row] = await listArtifacts(station.store.read, id.task, 1)
  assert.ok(row)
  const seen: string[] = []
  await assert.rejects(
    async () => {
      for await (const bytes of artifactBytes(station.store.read, row)) seen.push(String(bytes))
    },
    { code: 'damaged' },
  )
  assert.deepEqual(seen, ['one'])
})

test('of a runner that died meanwhile those are there that had come whole', async (t) => {
  const station = await Station.open(t)
  const { id, runner, session } = await station.running()
  const chunks: typeof pieces = [
    ['whole', 'file'],
    [told('a', 'whole'), 'artifact'],
    ['ha', 'file'],
    ['Interrupted\n'],
  ]
  chunks.forEach(([text, part], seq) => {
    station.chunk(runner, id, session, seq, text, part)
  })
  const result = resultOf(chunks.map(([text]) => text))
  const ending = { outcome: 'interrupted', exit_code: null, reason: 'it died' } as const
  station.result(runner, id, session, { ...result, ...ending })
  await station.ingest.idle()
  assert.equal((await station.task(id.task)).status, 'error')
  const rows = await listArtifacts(station.store.read, id.task, 1)
  assert.deepEqual(
    rows.map(({ name }) => name),
    ['a'],
  )
  assert.equal(await station.log(id), 'Interrupted\n')
})

test('a log that is sent anew brings its files anew', async (t) => {
  const station = await Station.open(t)
  const { id, runner, session } = await station.running()
  const say = () =>
    pieces.forEach(([text, part], seq) => {
      station.chunk(runner, id, session, seq, text, part)
    })
  say()
  const result = resultOf(texts)
  station.result(runner, id, session, { ...result, sha256: sha256('other') })
  await station.ingest.idle()
  assert.deepEqual(await listArtifacts(station.store.read, id.task, 1), [])
  say()
  station.result(runner, id, session, result)
  await station.ingest.idle()
  assert.equal((await station.task(id.task)).status, 'success')
  assert.equal((await listArtifacts(station.store.read, id.task, 1)).length, 4)
})

test('a runner that says nothing of the files that are asked for is named', async (t) => {
  const station = await Station.open(t)
  await station.store.commit(({ db }) => db('templates').update({ artifacts: '["a","b/*"]' }))
  const ended = async (change: Parameters<typeof resultOf>[1], ...chunks: typeof pieces) => {
    const { id, runner, session } = await station.running()
    chunks.forEach(([text, part], seq) => {
      station.chunk(runner, id, session, seq, text, part)
    })
    station.result(
      runner,
      id,
      session,
      resultOf(
        chunks.map(([text]) => text),
        change,
      ),
    )
    await station.ingest.idle()
    return (await listArtifacts(station.store.read, id.task, 1)).map(({ name, problem }) => [
      name,
      problem,
    ])
  }
  const silence = 'its runner said nothing of it: one of an older version knows no artifacts'
  assert.deepEqual(await ended({}, ['log\n']), [
    ['a', silence],
    ['b/*', silence],
  ])
  assert.deepEqual(await ended({}, [told('a', ''), 'artifact']), [['a', null]])
  const nothing = { outcome: 'failed', exit_code: null, reason: 'no repository' } as const
  assert.deepEqual(await ended(nothing), [], 'no tool ran')
})
