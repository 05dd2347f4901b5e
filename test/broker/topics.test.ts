import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Address, createTopics, defaultPrefix, isPrefix } from '../../broker/topics.ts'

const id = fc.integer({ min: 1, max: 999_999_999_999_999 })
const address: fc.Arbitrary<Address> = fc.oneof(
  fc.record({
    channel: fc.constantFrom('tasks', 'acks', 'hello', 'presence'),
    runner: id,
  }),
  fc.record({
    channel: fc.constantFrom('state', 'log', 'result'),
    runner: id,
    task: id,
    attempt: id,
  }),
)

test('the topics of the protocol page', () => {
  const { of } = createTopics()
  assert.equal(of({ channel: 'tasks', runner: 7 }), 'outstation/v1/runners/7/tasks')
  const reply = { channel: 'log', runner: 7, task: 12, attempt: 3 } as const
  assert.equal(of(reply), 'outstation/v1/replies/7/12/3/log')
})

test('what was built parses back, under any prefix', () => {
  fc.assert(
    fc.property(fc.constantFrom(defaultPrefix, 'x', 'a/b/c-d_e.f'), address, (prefix, address) => {
      const topics = createTopics(prefix)
      assert.deepEqual({ ...topics.parse(topics.of(address)) }, { ...address })
    }),
  )
})

test('each address has one topic: whatever parses is spelled as it would be built', () => {
  const topics = createTopics('p')
  const level = fc.oneof(
    fc.constantFrom(
      'p',
      'runners',
      'replies',
      'tasks',
      'hello',
      'log',
      'state',
      '1',
      '01',
      '+1',
      '',
    ),
    fc.string({ maxLength: 3 }),
  )
  fc.assert(
    fc.property(fc.array(level, { maxLength: 7 }), (levels) => {
      const topic = levels.join('/')
      const parsed = topics.parse(topic)
      if (parsed !== undefined) assert.equal(topics.of(parsed), topic)
    }),
    { numRuns: 2_000 },
  )
})

const strangers = [
  'p/runners/7',
  'p/runners/7/tasks/',
  'p/runners/7/log',
  'p/runners/0/tasks',
  'p/runners/-1/tasks',
  'p/runners/007/tasks',
  'p/runners/1e3/tasks',
  'p/runners/9999999999999999/tasks',
  'p/runners/+/tasks',
  'p/replies/7/1/log',
  'p/replies/7/1/0/log',
  'p/replies/7/1/1/hello',
  'p/replies/7/1/1/log/more',
  'q/runners/7/tasks',
  'pp/runners/7/tasks',
  '/p/runners/7/tasks',
  '$SYS/p/runners/7/tasks',
  'p',
  '',
]
for (const topic of strangers) {
  test(`"${topic}" is no topic of ours`, () => {
    assert.equal(createTopics('p').parse(topic), undefined)
  })
}

test('the filters of the server match every message of a runner exactly once', () => {
  const topics = createTopics('p')
  fc.assert(
    fc.property(address, (address) => {
      const matching = topics.serverFilters.filter((filter) => matches(filter, topics.of(address)))
      const fromRunner = address.channel !== 'tasks' && address.channel !== 'acks'
      assert.equal(matching.length, fromRunner ? 1 : 0)
    }),
  )
})

test('a prefix is levels of plain characters', () => {
  for (const good of ['a', 'a/b', 'out.station-1/v_1', 'x'.repeat(128)]) {
    assert.equal(isPrefix(good), true, good)
  }
  for (const bad of [
    '',
    '/',
    'a/',
    '/a',
    'a//b',
    '+',
    'a/#',
    '$SYS',
    'ä',
    'a b',
    'x'.repeat(129),
  ]) {
    assert.equal(isPrefix(bad), false, bad)
    assert.throws(() => createTopics(bad), /topic prefix: expected levels of/)
  }
})

/** MQTT 3.1.1, 4.7: as far as our own filters go, which have no `#`. */
function matches(filter: string, topic: string): boolean {
  const levels = topic.split('/')
  const wanted = filter.split('/')
  return wanted.length === levels.length && wanted.every((w, n) => w === '+' || w === levels[n])
}
