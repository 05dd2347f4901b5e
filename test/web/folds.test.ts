import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Mark, Rows, sectionsOf, unfolded } from '../../web/log/folds.ts'
import { phasesOf } from '../../web/views/task/phases.ts'

const second = (n: number) => new Date(Date.parse('2026-11-29T12:00:00Z') + 1000 * n).toISOString()
const mark = (kind: string, line: number): Mark => ({ kind, line, time: second(line) })

test('a part goes on to the next of its kind, or of a larger one; one line is no part', () => {
  const marks = [
    mark('play', 1),
    mark('task', 3),
    mark('task', 5),
    mark('task', 7),
    mark('play', 8),
  ]
  const ends = sectionsOf(marks).map(({ mark, end }) => [mark.line, end])
  assert.deepEqual(ends, [
    [1, 8],
    [3, 5],
    [5, 7],
    [8, undefined],
  ])
})

const logs = fc
  .record({
    lines: fc.integer({ min: 1, max: 60 }),
    begins: fc.uniqueArray(
      fc.record({ line: fc.nat(59), kind: fc.constantFrom('play', 'task'), folded: fc.boolean() }),
      { selector: ({ line }) => line },
    ),
  })
  .map(({ lines, begins }) => ({
    lines,
    begins: begins.filter(({ line }) => line < lines).sort((a, b) => a.line - b.line),
  }))

test('rows are the lines that no folded part hides, in their order', () => {
  fc.assert(
    fc.property(logs, ({ lines, begins }) => {
      const sections = sectionsOf(begins.map(({ kind, line }) => mark(kind, line)))
      const folded = new Set(begins.filter((one) => one.folded).map(({ line }) => line))
      const hidden = (line: number) =>
        sections.find(
          ({ mark, end = lines }) => folded.has(mark.line) && mark.line < line && line < end,
        )
      const shown = Array.from({ length: lines }, (_, line) => line).filter((line) => !hidden(line))
      const rows = new Rows(sections, folded, lines)
      assert.equal(rows.total, shown.length)
      for (const [row, line] of shown.entries()) {
        assert.equal(rows.lineOf(row), line)
        assert.equal(rows.rowOf(line), row)
      }
      for (let line = 0; line < lines; line += 1) {
        const by = hidden(line)
        if (by) assert.equal(rows.rowOf(line), shown.indexOf(by.mark.line))
        const open = new Rows(sections, unfolded(sections, folded, line), lines)
        assert.equal(open.lineOf(open.rowOf(line)), line, 'what hid it is unfolded')
      }
    }),
  )
})

test('phases of a task by the marks of its log, whatever the clock of its runner says', () => {
  const task = { created: second(0), start: second(4), end: second(60) }
  const phases = (kinds: string, end: string | null = task.end) => {
    const marks = kinds.split(' ').map((kind, index) => mark(kind, 7200 + 10 * index))
    return phasesOf({ ...task, end }, kinds ? marks : []).map(
      ({ name, from, to }) => `${name} ${to === null ? 'goes on' : (to - from) / 1000}`,
    )
  }
  assert.deepEqual(phases(''), ['Waited 4', 'Run 56'])
  assert.deepEqual(phases('prepare repository head'), ['Waited 4', 'Repository 20', 'Run 36'])
  assert.deepEqual(phases('prepare repository head play task play recap', null), [
    'Waited 4',
    'Repository 20',
    'Playbook goes on',
  ])
  assert.deepEqual(phases('prepare head init plan confirmation apply'), [
    'Waited 4',
    'Init 30',
    'Plan 10',
    'Confirmation 10',
    'Apply 6',
  ])
  assert.deepEqual(phasesOf({ ...task, start: null }, []), [])
})
