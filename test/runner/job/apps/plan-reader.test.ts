import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PlanReader } from '../../../../runner/job/apps/plan-reader.ts'

const none = { import: 0, add: 0, change: 0, destroy: 0 }

function read(plan: string[], apply: string[] = []) {
  const reader = new PlanReader()
  for (const line of plan) reader.plan(line)
  for (const line of apply) reader.apply(line)
  return { noChanges: reader.noChanges, ...reader.summary }
}

test('what is planned and what was done, imports too', () => {
  const plan = 'Plan: 1 to import, 2 to add, 3 to change, 4 to destroy.'
  const apply = 'Apply complete! Resources: 1 imported, 2 added, 3 changed, 4 destroyed.'
  const counts = { import: 1, add: 2, change: 3, destroy: 4 }
  assert.deepEqual(read([plan], [plan, apply]), {
    noChanges: false,
    ...{ kind: 'terraform', planned: counts, applied: counts },
  })
})

test('no changes, and changes of outputs alone', () => {
  const nothing = 'No changes. Your infrastructure matches the configuration.'
  const summary = { kind: 'terraform', planned: none, applied: null }
  assert.deepEqual(read([nothing]), { noChanges: true, ...summary })
  assert.deepEqual(read(['Changes to Outputs:']), { noChanges: false, ...summary })
})

test('only at the start of a line: a name may say anything', () => {
  assert.deepEqual(read(['  # x["No changes."] will be created', 'echo Plan: 0 to add']), {
    noChanges: false,
  })
})

test('of several modules that terragrunt passes on the sum, and a change of one is a change', () => {
  const from = '10:04:07.213 STDOUT terraform: '
  assert.deepEqual(
    read([
      `${from}Plan: 1 to add, 0 to change, 0 to destroy.`,
      `${from}No changes. Your infrastructure matches the configuration.`,
      `${from}Plan: 2 to add, 0 to change, 1 to destroy.`,
    ]),
    {
      noChanges: false,
      ...{ kind: 'terraform', planned: { ...none, add: 3, destroy: 1 }, applied: null },
    },
  )
})
