/** docs/faults.md shows the saved figures, and tells of each scenario. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { place, readFigures, tableOf } from './figures.ts'
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
