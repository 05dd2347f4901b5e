/** docs/faults.md shows the saved figures, and tells of each scenario. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Figures, merge, place, readFigures, tableOf } from './figures.ts'
import type { Report } from './report.ts'
import type { Outcome } from './scenario.ts'
import { scenarios } from './scenarios/index.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/faults.md'), 'utf8')

test('the table is the one of the saved figures', () => {
  assert.equal(place.exec(page)?.[2], tableOf(readFigures()))
})

test('each scenario has its row, and no other has', () => {
  const [, told = ''] = page.split('| scenario | what is done while tasks run |')
  const rows = [...told.matchAll(/^\| `([\w-]+)` \|/gm)].map(([, name]) => name)
  assert.deepEqual(rows.sort(), scenarios.map(({ name }) => name).sort())
})

test('a figure is replaced by a full run that held, and by nothing else', () => {
  const outcome = { name: 'kills', found: {}, findings: [], seconds: 1 } as unknown as Outcome
  const ofRun = (size: Report['size'], one: Partial<Outcome>) =>
    ({ size, at: 'now', outcomes: [{ ...outcome, ...one }] }) as Report
  const none: Figures = {}
  const quick = merge(none, ofRun('quick', {})).figures
  const full = merge(quick, ofRun('full', {})).figures
  assert.deepEqual([quick.kills?.size, full.kills?.size], ['quick', 'full'])
  assert.deepEqual(merge(full, ofRun('full', { seconds: 2 })).figures.kills?.outcome.seconds, 2)
  const worse: Report[] = [
    ofRun('quick', {}),
    ofRun('full', { skipped: 'needs root' }),
    ofRun('full', { error: 'not over after 9 s' }),
    ofRun('full', { found: { lost: 1 } }),
  ]
  for (const report of worse) {
    assert.deepEqual(merge(full, report), { figures: full, left: ['kills'] })
  }
  assert.deepEqual(merge(none, ofRun('full', { error: 'stopped' })).figures, {})
})
