import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { decodeChunk, encodeChunk } from '../../../broker/codec.ts'
import { appendChunks, deleteChunks } from '../../../server/store/chunks.ts'
import { type Api, startApi } from '../../kit/api.ts'
import { makeProject, type Project } from '../../kit/project.ts'

let api: Api
let project: Project
before(async () => {
  api = await startApi()
  project = await makeProject(api.admin, 'p')
})
after(() => api.close())

const at = Date.parse('2026-11-24T12:00:00Z')

async function loggedTask(...pieces: (string | Buffer)[]) {
  const { store } = api.context
  const { id } = (
    await api.admin.post(`${project.path}/tasks`, { template_id: project.template })
  ).json()
  let seq = 0
  const print = (...more: (string | Buffer)[]) =>
    store.commit(async (tx) => {
      for (const text of more) {
        const header = { session: 1, seq, at: at + 1000 * seq }
        seq += 1
        await appendChunks(tx.db, id, 1, [decodeChunk(encodeChunk(header, Buffer.from(text)))])
      }
    })
  await store.commit(async (tx) => {
    const row = { task_id: id, attempt: 1, runner_id: 1, phase: 'started', offered: at }
    await tx.db('attempts').insert(row)
    await tx.db('tasks').where({ id }).update({ status: 'running', attempt: 1 })
  })
  await print(...pieces)
  const get = async (query: string) =>
    (await api.admin.get(`${project.path}/tasks/${id}/lines${query}`)).json()
  const texts = async (query: string) =>
    (await get(query)).lines.map(({ output }: { output: string }) => output)
  return { id, print, get, texts }
}

test('pages of every size put together are the log, wherever its pieces were cut', async () => {
  const whole = Array.from({ length: 40 }, (_, n) => `line ${n} ${'ä'.repeat(n % 7)}`)
  const bytes = Buffer.from(`${whole.join('\n')}\n`)
  for (const size of [1, 2, 7, 64, bytes.length]) {
    const pieces: Buffer[] = []
    for (let from = 0; from < bytes.length; from += size) {
      pieces.push(bytes.subarray(from, from + size))
    }
    const { texts, get } = await loggedTask(...pieces)
    assert.equal((await get('')).total, whole.length)
    for (const count of [1, 3, 17, 100]) {
      const seen: string[] = []
      for (let from = 0; from < whole.length; from += count) {
        seen.push(...(await texts(`?from=${from}&count=${count}`)))
      }
      assert.deepEqual(seen, whole, `pieces of ${size}, pages of ${count}`)
    }
    assert.deepEqual(await texts('?from=-3'), whole.slice(-3))
  }
})

test('a log that grows: the last line too, and where the live view goes on', async () => {
  const { print, get } = await loggedTask('one\ntw')
  const first = await get('?from=-10')
  assert.deepEqual([first.from, first.total, first.last_event_id, first.open], [0, 2, '1-0', true])
  assert.deepEqual(first.lines, [
    { time: '2026-11-24T12:00:00.000Z', output: 'one' },
    { time: '2026-11-24T12:00:00.000Z', output: 'tw' },
  ])
  await print('o\nthree\n')
  const second = await get('?from=1')
  assert.deepEqual([second.total, second.last_event_id], [3, '1-1'])
  assert.deepEqual(
    second.lines.map(({ output }: { output: string }) => output),
    ['two', 'three'],
  )
})

test('a damaged log that begins anew is counted anew', async () => {
  const { id, texts, get } = await loggedTask('a\n', 'b\n', 'c\n')
  assert.equal((await get('')).total, 3)
  const { store } = api.context
  await store.commit(async (tx) => {
    await deleteChunks(tx.db, id, 1)
    const header = { session: 1, seq: 0, at }
    await appendChunks(tx.db, id, 1, [decodeChunk(encodeChunk(header, Buffer.from('x\ny\n')))])
  })
  assert.deepEqual(await texts('?from=0'), ['x', 'y'])
})

test('an empty log, and a page behind the end', async () => {
  const { get } = await loggedTask()
  assert.deepEqual(await get('?from=-500'), {
    attempt: 1,
    from: 0,
    total: 0,
    last_event_id: '',
    open: false,
    lines: [],
  })
  assert.deepEqual((await get('?from=70')).lines, [])
})

test('a text is found whatever its case, and whatever its colour', async () => {
  const { get } = await loggedTask('a\n\x1b[31mFA\x1b[1mTAL\x1b[0m: x\nb\nfatal', ' again\n')
  assert.deepEqual(await get('/search?text=fatal'), { lines: [1, 3] })
  assert.deepEqual(await get('/search?text=nothing'), { lines: [] })
})

const play = [
  'Preparing: 7',
  'Cloning https://git.example.org/x (branch main) with the built-in git',
  'HEAD is now at 0123abc a message',
  'PLAY [all] ****',
  '',
  'TASK [say TASK [x]] ****',
  'ok: [a] => TASK [not at the beginning]',
  '\x1b[0;33mRUNNING HANDLER [h] ***\x1b[0m',
  'PLAY RECAP ****',
]
const plan = [
  '\x1b[0m\x1b[1mInitializing the backend...\x1b[0m',
  'Terraform used the selected providers to generate the following execution',
  '\x1b[1m  # terraform_data.one\x1b[0m will be created',
  '\x1b[1mPlan:\x1b[0m 1 to add, 0 to change, 0 to destroy.',
  'Waiting for confirmation',
  'Confirmed',
  'Terraform used the selected providers to generate the following execution',
]

test('the parts of a log are marked, wherever its pieces were cut', async () => {
  for (const [lines, expected] of [
    [play, 'prepare 0, repository 1, head 2, play 3, task 5, task 7, recap 8'],
    [plan, 'init 0, plan 1, resource 2, planned 3, confirmation 4, apply 5'],
    [[...plan.slice(0, 2), plan[1]], 'init 0, plan 1, apply 2'],
    [['x'.repeat(100_000), 'PLAY [a] *'], 'play 1'],
    [['10:04:07.213 STDOUT terraform: Initializing the backend...'], 'init 0'],
  ] as const) {
    const text = Buffer.from(`${lines.join('\n')}\n`)
    for (const size of text.length < 1000 ? [1, 3, text.length] : [65_536]) {
      const pieces: Buffer[] = []
      for (let from = 0; from < text.length; from += size)
        pieces.push(text.subarray(from, from + size))
      const { get } = await loggedTask(...pieces)
      const { marks } = await get('/marks')
      const found = marks.map(({ kind, line }: { kind: string; line: number }) => `${kind} ${line}`)
      assert.equal(found.join(', '), expected, `pieces of ${size}`)
    }
  }
})

test('marks of a log that grows: of lines that have ended, with their times, those not known yet', async () => {
  const { print, get } = await loggedTask('PLAY [one] ***\nTASK [tw')
  assert.deepEqual(await get('/marks'), {
    marks: [{ kind: 'play', line: 0, time: '2026-11-24T12:00:00.000Z' }],
  })
  await print('o] ***\n')
  assert.deepEqual(await get('/marks?from=1'), {
    marks: [{ kind: 'task', line: 1, time: '2026-11-24T12:00:01.000Z' }],
  })
})

test('marks without end are not all kept, and cost no more', async () => {
  const { get } = await loggedTask('PLAY [x] *\n'.repeat(5500), 'No changes. \n'.repeat(5000))
  assert.equal((await get('/marks')).marks.length, 5000)
})
