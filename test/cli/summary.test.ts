import assert from 'node:assert/strict'
import { test } from 'node:test'
import { summaryLine } from '../../cli/task/summary.ts'

const counts = { ok: 2, changed: 1, unreachable: 0, failed: 0, skipped: 0, rescued: 0, ignored: 0 }

test('the hosts of ansible in numbers, and which are not well', () => {
  const hosts = Array.from({ length: 12 }, (_, n) => ({ ...counts, host: `web${n}`, failed: 1 }))
  const total = { ...counts, hosts: 13, failed: 12 }
  const well = { ...counts, host: 'well' }
  assert.equal(
    summaryLine({ kind: 'ansible', total, hosts: [well, ...hosts] }),
    '13 hosts: ok=2 changed=1 unreachable=0 failed=12 skipped=0 rescued=0 ignored=0; ' +
      'not well: web0, web1, web2, web3, web4, web5, web6, web7, web8, web9, ..',
  )
  assert.equal(
    summaryLine({ kind: 'ansible', total: { ...counts, hosts: 1 }, hosts: [well] }),
    '1 host: ok=2 changed=1 unreachable=0 failed=0 skipped=0 rescued=0 ignored=0',
  )
})

test('what terraform has done, else what it plans', () => {
  const planned = { import: 0, add: 1, change: 0, destroy: 2 }
  const plan = { kind: 'terraform', planned, applied: null } as const
  assert.equal(summaryLine(plan), 'plan: 1 to add, 0 to change, 2 to destroy')
  assert.equal(
    summaryLine({ ...plan, applied: { ...planned, import: 1 } }),
    '1 imported, 1 added, 0 changed, 2 destroyed',
  )
})
