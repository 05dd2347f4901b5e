import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { type Chunk, decodeChunk, encodeChunk, limits } from '../../../broker/codec.ts'
import {
  appendChunks,
  attemptsOf,
  deleteChunks,
  type LogPiece,
  readLines,
  readLog,
} from '../../../server/store/chunks.ts'
import { insertTask } from '../../../server/store/tasks.ts'
import { openTempStore, type TempStore } from './temp-store.ts'

function chunkOf(seq: number, bytes: Uint8Array): Chunk {
  return decodeChunk(encodeChunk({ session: 1, seq, at: 1000 + seq }, bytes))
}

async function addTask({ store, project, template }: TempStore): Promise<number> {
  const task = { project_id: project, template_id: template, created: 1 }
  return (await store.commit(({ db }) => insertTask(db, task))).id
}

async function all<T>(pieces: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const piece of pieces) found.push(piece)
  return found
}

test('a log is read back as it was, page by page, from anywhere', async (t) => {
  const temp = await openTempStore(t)
  const { store } = temp
  const task = await addTask(temp)
  const texts = Array.from({ length: 1234 }, (_, seq) => `${'wide '.repeat(seq % 7)}${seq}\n`)
  const chunks = texts.map((text, seq) => chunkOf(seq, Buffer.from(text)))
  await store.commit(({ db }) => appendChunks(db, task, 1, chunks))
  const pieces = await all(readLog(store.read, task, 1))
  assert.deepEqual(
    pieces.map(({ bytes }) => Buffer.from(bytes).toString()),
    texts,
  )
  assert.deepEqual(
    (await all(readLog(store.read, task, 1, 1200))).map(({ seq }) => seq),
    Array.from({ length: 34 }, (_, index) => 1200 + index),
  )
  assert.deepEqual(await all(readLog(store.read, task, 1, 1234)), [])
})

test('bytes that do not compress, NUL and broken UTF-8 are kept as they are', async (t) => {
  const temp = await openTempStore(t)
  const { store } = temp
  const task = await addTask(temp)
  const bodies = [
    randomBytes(limits.chunkBytes),
    Buffer.alloc(limits.chunkBytes),
    Buffer.from([0xff, 0]),
  ]
  const chunks = bodies.map((body, seq) => chunkOf(seq, body))
  await store.commit(({ db }) => appendChunks(db, task, 1, chunks))
  const pieces = await all(readLog(store.read, task, 1))
  assert.deepEqual(
    pieces.map(({ bytes }) => Buffer.from(bytes)),
    bodies,
  )
})

test('a seq is stored once; attempts and tasks do not mix', async (t) => {
  const temp = await openTempStore(t)
  const { store } = temp
  const task = await addTask(temp)
  const other = await addTask(temp)
  const append = (to: number, attempt: number) =>
    store.commit(({ db }) =>
      appendChunks(db, to, attempt, [chunkOf(0, Buffer.from(`${to}.${attempt}`))]),
    )
  await append(task, 1)
  await append(task, 2)
  await append(other, 1)
  await assert.rejects(append(task, 1), /UNIQUE/)
  await store.commit(({ db }) => deleteChunks(db, task, 1))
  assert.deepEqual(await all(readLog(store.read, task, 1)), [])
  assert.equal((await all(readLog(store.read, task, 2))).length, 1)
  assert.equal((await all(readLog(store.read, other, 1))).length, 1)
})

test('attempts of a task, lowest first', async (t) => {
  const temp = await openTempStore(t)
  const { store, runner: runner_id } = temp
  const task_id = await addTask(temp)
  for (const attempt of [2, 1, 3]) {
    const row = { task_id, attempt, runner_id, phase: 'withdrawn', offered: 1 }
    await store.commit(({ db }) => db('attempts').insert(row))
  }
  assert.deepEqual(await attemptsOf(store.read, task_id), [1, 2, 3])
})

/** @param pieces bytes of each chunk; chunk number n is of time n */
async function linesOf(...pieces: (string | Uint8Array)[]): Promise<[at: number, line: string][]> {
  async function* read(): AsyncGenerator<LogPiece> {
    for (const [seq, piece] of pieces.entries()) {
      yield { attempt: 1, seq, at: seq, bytes: Buffer.from(piece) }
    }
  }
  return (await all(readLines(read()))).map(({ at, line }) => [at, line])
}

test('lines: each with the time of the chunk in which it begins', async () => {
  assert.deepEqual(await linesOf('one\ntwo\nth', 'r', 'ee\nfour\n', 'five\n'), [
    [0, 'one'],
    [0, 'two'],
    [0, 'three'],
    [2, 'four'],
    [3, 'five'],
  ])
})

test('lines: a last one without newline counts, an empty rest does not', async () => {
  assert.deepEqual(await linesOf('one\n', 'two'), [
    [0, 'one'],
    [1, 'two'],
  ])
  assert.deepEqual(await linesOf('one\n'), [[0, 'one']])
  assert.deepEqual(await linesOf(), [])
  assert.deepEqual(await linesOf('\n\n'), [
    [0, ''],
    [0, ''],
  ])
})

test('lines: a character that is split across chunks is one character', async () => {
  const bytes = Buffer.from('grün 🚀 fertig\nja')
  for (let cut = 1; cut < bytes.length; cut += 1) {
    const lines = await linesOf(bytes.subarray(0, cut), bytes.subarray(cut))
    assert.deepEqual(
      lines.map(([, line]) => line),
      ['grün 🚀 fertig', 'ja'],
      `cut at ${cut}`,
    )
  }
})

test('lines: a character that is never finished is shown as one that is missing', async () => {
  assert.deepEqual(await linesOf(Buffer.from('ü').subarray(0, 1)), [[0, '\ufffd']])
  assert.deepEqual(await linesOf(Buffer.from([0x61, 0xff, 0x62, 0x0a])), [[0, 'a\ufffdb']])
})

test('lines: a byte order mark at the beginning of the output is no text', async () => {
  assert.deepEqual(await linesOf('\ufeffone\n', '\ufefftwo\n'), [
    [0, 'one'],
    [1, '\ufefftwo'],
  ])
})

test('lines: one that is as long as a log', { timeout: 30_000 }, async () => {
  const piece = 'x'.repeat(limits.chunkBytes)
  const lines = await linesOf(...Array.from({ length: 2500 }, () => piece), '\nshort')
  assert.deepEqual(
    lines.map(([, line]) => line.length),
    [2500 * limits.chunkBytes, 5],
  )
})
