import assert from 'node:assert/strict'
import { test } from 'node:test'
import { knownSummary, summaryBytes } from '../../../../broker/summary.ts'
import { Recap } from '../../../../runner/job/apps/recap.ts'

const stars = '*'.repeat(60)
const zero = { unreachable: 0, failed: 0, skipped: 0, rescued: 0, ignored: 0 }

function recapOf(lines: string[]) {
  const recap = new Recap()
  for (const line of lines) recap.read(line)
  return recap.summary
}

/** As ansible-core pads it. */
function row(host: string, ok: number, failed = 0): string {
  const rest = `unreachable=0    failed=${failed}    skipped=0    rescued=0    ignored=0   `
  return `${host.padEnd(26)} : ok=${String(ok).padEnd(4)} changed=1    ${rest}`
}

test('the recap of each host, and the sum of all', () => {
  assert.deepEqual(recapOf([`PLAY RECAP ${stars}`, row('web1', 12), row('fe80::1', 3), '']), {
    kind: 'ansible',
    total: { hosts: 2, ok: 15, changed: 2, ...zero },
    hosts: [
      { host: 'web1', ok: 12, changed: 1, ...zero },
      { host: 'fe80::1', ok: 3, changed: 1, ...zero },
    ],
  })
})

test('only what follows the last heading is a recap', () => {
  assert.equal(recapOf([row('printed by a task', 1), 'PLAY RECAP of a song']), undefined)
  const twice = [`PLAY RECAP ${stars}`, row('first', 1), `PLAY RECAP ${stars}`, row('last', 1)]
  assert.deepEqual(
    recapOf(twice)?.hosts.map(({ host }) => host),
    ['last'],
  )
})

test('of too many hosts those that failed are told, and all are counted', () => {
  const lines = Array.from({ length: 5000 }, (_, n) =>
    row(`host-${n}.example.org`, 2, n % 50 ? 0 : 1),
  )
  const summary = recapOf([`PLAY RECAP ${stars}`, ...lines])
  assert.deepEqual(knownSummary(summary), summary, 'fits')
  assert.ok(JSON.stringify(summary).length > summaryBytes * 0.9, 'as many as fit')
  assert.equal(summary?.total.hosts, 5000)
  assert.equal(summary?.hosts.filter(({ failed }) => failed > 0).length, 100)
  assert.equal(summary?.hosts[0]?.host, 'host-0.example.org')
})
