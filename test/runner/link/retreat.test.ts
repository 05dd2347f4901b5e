import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLog } from '../../../lib/log.ts'
import { createRetreat } from '../../../runner/link/retreat.ts'

test('a declined runner stays away as long as it was told, a little longer, and says why once', () => {
  const lines: string[] = []
  const rests: number[] = []
  const retreat = createRetreat({
    rest: (ms) => rests.push(ms),
    random: () => 0.5,
    log: createLog({ write: (line) => lines.push(line), now: () => 0 }),
  })
  retreat(60_000, 'runner 7 is in use on pump-1')
  retreat(600_000, 'runner 7 is in use on pump-1')
  retreat(600_000, 'runner 7 is in use on pump-2')
  assert.deepEqual(rests, [63_000, 630_000, 630_000])
  assert.equal(lines.length, 2)
  assert.match(
    lines[0] ?? '',
    /warn +declined by the server.* reason="runner 7 is in use on pump-1"/,
  )
})
