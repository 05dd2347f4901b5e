import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encode } from '../../../broker/codec.ts'
import { Pace } from '../../../broker/pace.ts'
import { createTopics } from '../../../broker/topics.ts'
import { createLog } from '../../../lib/log.ts'
import type { RunnerEvent } from '../../../runner/core/state.ts'
import { connectionHandlers } from '../../../runner/link/listen.ts'

const topics = createTopics()

function ears() {
  const lines: string[] = []
  const events: RunnerEvent[] = []
  let now = 0
  const pace = new Pace({ random: () => 0.5, steadyMs: Number.POSITIVE_INFINITY })
  const handlers = connectionHandlers({
    topics,
    post: (event) => void events.push(event),
    onLogAck() {},
    onRecorded() {},
    onClearCache() {},
    trust: undefined,
    onTrust() {},
    pace,
    clock: { now: () => 0, monotonic: () => now, sleep: async () => {} },
    log: createLog({ write: (line) => void lines.push(line.trim()), now: () => 0 }),
  })
  const retry = (afterMs: number, refused: boolean) => {
    now += afterMs
    handlers.onRetry?.({ reason: 'why', refused, retryMs: 1 })
    return lines.splice(0).map((line) => line.split('  ').slice(1).join(' '))
  }
  return { handlers, retry, events, pace }
}

test('what goes wrong is said once a minute; a refusal says what to do', () => {
  const { retry, handlers } = ears()
  assert.match(retry(0, false).join(), /^server not reached; trying on reason=why$/)
  assert.match(retry(1, true).join(), /^refused by the broker .*register it anew/)
  assert.deepEqual([retry(1, true), retry(59_997, false)], [[], []])
  assert.equal(retry(1, false).length, 1)
  handlers.onConnect('nonce')
  assert.equal(retry(1, false).length, 2, 'a new trouble is said at once')
})

test('the pace of the next connection is the one that the welcome tells', () => {
  const { handlers, events, pace } = ears()
  const welcome = (more: object) => {
    const message = { v: 1, kind: 'welcome', nonce: 'n', session: 1, heartbeat_ms: 1_000 } as const
    const payload = encode('tasks', { ...message, attempts: [], ...more })
    handlers.onMessage(topics.of({ channel: 'tasks', runner: 1 }), Buffer.from(payload), false)
  }
  const lost = { heldMs: 100, refused: false }
  welcome({ reconnect_ms: 5_000 })
  assert.equal(events.length, 1)
  assert.deepEqual([pace.next(lost), pace.next(lost)], [2_500, 5_000])
  welcome({ reconnect_ms: 5_000, contested: true })
  assert.equal(pace.next(lost), 10_000, 'two machines that take turns slow down')
  welcome({ reconnect_ms: 1_000 })
  assert.equal(pace.next(lost), 500)
})
