import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type LinePage, LogPages } from '../../web/log/pages.ts'

const time = '2026-11-24T12:00:00.000Z'
const pageOf = (from: number, outputs: string[], total: number, open = false): LinePage => ({
  attempt: 1,
  from,
  total,
  last_event_id: '',
  open,
  lines: outputs.map((output) => ({ time, output })),
})
const never = () => assert.fail('nothing is to be asked for')
const texts = (pages: LogPages) =>
  Array.from({ length: pages.total }, (_, index) => pages.line(index)?.output)

test('what arrives makes lines, wherever it was cut', () => {
  const whole = 'one\n\ntwo\r\nthree\n\n\nfour'
  for (let size = 1; size <= whole.length; size += 1) {
    const pages = new LogPages(never, () => {})
    pages.begin(pageOf(0, [], 0))
    for (let from = 0; from < whole.length; from += size)
      pages.append(whole.slice(from, from + size), time)
    assert.deepEqual(texts(pages), whole.split('\n'), `pieces of ${size}`)
  }
})

test('a line that had not ended goes on, one that had does not', () => {
  for (const [open, expected] of [
    [true, ['ab!', 'c']],
    [false, ['ab', '!', 'c']],
  ] as const) {
    const pages = new LogPages(never, () => {})
    pages.begin(pageOf(0, ['ab'], 1, open))
    pages.append('!\nc', time)
    assert.deepEqual(texts(pages), expected)
  }
})

test('a page that is not held is asked for once, and then there', async () => {
  const asked: number[] = []
  let changed = () => {}
  const arrived = new Promise<void>((resolve) => {
    changed = resolve
  })
  const load = async (from: number) => {
    asked.push(from)
    return pageOf(
      from,
      Array.from({ length: 500 }, (_, n) => `line ${from + n}`),
      1200,
    )
  }
  const pages = new LogPages(load, () => changed())
  pages.begin(
    pageOf(
      700,
      Array.from({ length: 500 }, (_, n) => `line ${700 + n}`),
      1200,
    ),
  )
  assert.equal(pages.line(1199)?.output, 'line 1199')
  assert.equal(pages.line(10), undefined)
  assert.equal(pages.line(11), undefined)
  await arrived
  assert.equal(pages.line(11)?.output, 'line 11')
  assert.deepEqual(asked, [0])
})

test('lines that the server does not have are not asked for for ever', async () => {
  let asked = 0
  const pages: LogPages = new LogPages(
    async (from) => {
      asked += 1
      return pageOf(from, [], 1200)
    },
    () => void pages.line(10),
  )
  pages.begin(pageOf(1199, ['last'], 1200))
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve()
  assert.equal(asked, 1)
})

test('of a log without end only some is held, its end always', () => {
  const pages = new LogPages(
    async (from) => pageOf(from, [], 0),
    () => {},
  )
  pages.begin(pageOf(0, [], 0))
  for (let line = 0; line < 100_000; line += 1) pages.append(`line ${line}\n`, time)
  assert.equal(pages.line(99_999)?.output, 'line 99999')
  const held = Array.from({ length: pages.total }, (_, index) => index).filter((index) =>
    pages.line(index),
  )
  assert.ok(held.length <= 21_000, `${held.length} lines are held`)
})

test('a colour goes on over lines', () => {
  const pages = new LogPages(never, () => {})
  pages.begin(pageOf(0, ['\x1b[31mred', 'still', '\x1b[0mnot'], 3))
  assert.deepEqual(
    [0, 1, 2].map((index) => pages.lookAt(index)),
    [{}, { fg: 1 }, { fg: 1 }],
  )
})
