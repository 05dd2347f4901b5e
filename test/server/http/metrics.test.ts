import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { createTopics } from '../../../broker/topics.ts'
import { createCounters } from '../../../lib/counters.ts'
import { countedBus } from '../../../server/counted-bus.ts'
import { startApi } from '../../kit/api.ts'
import { makeProject } from '../../kit/project.ts'

const on = { enabled: true, username: undefined, password: undefined }

async function started(metrics: object) {
  const { context, close } = await startApi()
  await close()
  return await startApi({ config: { ...context.config, metrics: { ...on, ...metrics } } })
}

const hasPromtool = spawnSync('promtool', ['--version']).status === 0
const noPromtool = hasPromtool ? false : 'promtool is not installed'

/** Name with labels -> number. */
function valuesOf(text: string): Record<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  for (const line of lines) assert.match(line, /^outstation_\w+(\{\w+="[^"\n]*"\})? [\d.]+$/)
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(' ')
      return [line.slice('outstation_'.length, at), Number(line.slice(at + 1))]
    }),
  )
}

test('they are off unless the configuration says otherwise', async (t) => {
  const api = await startApi()
  t.after(() => api.close())
  assert.equal((await api.stranger.get('/metrics')).status, 404)
})

test('with a password they are for who has it, on both paths', async (t) => {
  const api = await started({ username: 'prom', password: 'secret' })
  t.after(() => api.close())
  const as = (words: string) =>
    api.stranger.with({ authorization: `Basic ${Buffer.from(words).toString('base64')}` })
  for (const path of ['/metrics', '/api/metrics']) {
    assert.equal((await api.stranger.get(path)).status, 401)
    assert.equal((await as('prom:other').get(path)).status, 401)
    assert.equal((await as(':').get(path)).status, 401)
    const { status, text } = await as('prom:secret').get(path)
    assert.equal(status, 200)
    assert.match(text, /^# HELP outstation_info .*\n# TYPE outstation_info gauge\n/)
    assert.doesNotMatch(text, /secret/)
  }
})

test('tasks, runners, queue and what was counted are there as numbers', async (t) => {
  const api = await started({})
  t.after(() => api.close())
  // With a task of it that waits.
  const { path, template } = await makeProject(api.admin, 'home')
  await api.admin.post(`${path}/tasks`, { template_id: template })
  await api.context.store.commit((tx) => tx.db('tasks').update({ created: Date.now() - 90_000 }))
  await api.admin.post('/api/runners', { name: 'a' })
  await api.admin.post('/api/runners', { name: 'b', active: false })
  api.context.counters.add('tasks_finished_total', 'success', 3)
  const values = valuesOf((await api.stranger.get('/metrics')).text)
  assert.equal(values['tasks{status="waiting"}'], 2)
  assert.equal(values['tasks{status="running"}'], 0)
  assert.equal(values['runners{state="offline"}'], 1)
  assert.equal(values['runners{state="inactive"}'], 1)
  assert.equal(values['tasks_finished_total{status="success"}'], 3)
  const age = values.queue_age_seconds ?? 0
  assert.ok(age >= 90 && age < 300, String(age))
})

test('what promtool says of them', { skip: noPromtool }, async (t) => {
  const api = await started({})
  t.after(() => api.close())
  api.context.counters.add('tasks_finished_total', 'success', 3)
  api.context.counters.add('broker_messages_received_total', 'quote " and \\', 1)
  const { text } = await api.stranger.get('/metrics')
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text })
  assert.equal(status, 0, `${stdout}${stderr}`)
  assert.equal(`${stdout}${stderr}`, '')
})

test('the doors of an embedded broker are counted, and there are none of an external one', async (t) => {
  const external = await started({})
  t.after(() => external.close())
  const brokerCounts = () => ({
    connections: 2,
    accepted: 5,
    refused: 1,
    bytesIn: 10,
    bytesOut: 20,
  })
  const embedded = await startApi({ config: external.context.config, brokerCounts })
  t.after(() => embedded.close())
  const values = valuesOf((await embedded.stranger.get('/metrics')).text)
  assert.equal(values.broker_connections, 2)
  assert.equal(values['broker_connects_total{outcome="accepted"}'], 5)
  assert.equal(values['broker_connects_total{outcome="refused"}'], 1)
  assert.equal(values['broker_connection_bytes_total{direction="in"}'], 10)
  assert.equal(values['broker_connection_bytes_total{direction="out"}'], 20)
  const without = valuesOf((await external.stranger.get('/metrics')).text)
  assert.ok(!('broker_connections' in without))
})

test('a scrape looks at no table but by an index, small tables aside', async (t) => {
  const api = await started({})
  t.after(() => api.close())
  const { read } = api.context.store
  const asked: { sql: string; bindings: unknown[] }[] = []
  const listener = (query: { sql: string; bindings: unknown[] }) => asked.push(query)
  read.on('query', listener)
  assert.equal((await api.stranger.get('/metrics')).status, 200)
  read.removeListener('query', listener)
  const about = asked.filter(({ sql }) => /`(tasks|deliveries)`/.test(sql))
  assert.equal(about.length, 3)
  for (const { sql, bindings } of about) {
    const plan = await read.raw(`explain query plan ${sql}`, bindings as string[])
    const steps = plan.map(({ detail }: { detail: string }) => detail)
    assert.ok(
      steps.some((step: string) => step.startsWith('SEARCH')),
      `${sql}: ${steps}`,
    )
    assert.ok(!steps.some((step: string) => step.startsWith('SCAN')), `${sql}: ${steps}`)
  }
})

test('what goes over the broker is counted by channel, and no text of a topic becomes a label', async () => {
  const counters = createCounters()
  const topics = createTopics('p')
  const heard: string[] = []
  let say: (topic: string, payload: Uint8Array, retained: boolean) => void = () => {}
  const bus = countedBus(
    ({ onMessage }) => {
      say = onMessage
      return { connected: true, rest() {}, publish: async () => {}, close: async () => {} }
    },
    topics,
    counters,
  )({ onMessage: (topic) => heard.push(topic), onConnect() {} })
  say('p/replies/1/2/3/log', Buffer.from('12345'), false)
  say('p/runners/1/hello', Buffer.from('1'), false)
  say('p/replies/1/2/3/anything', Buffer.from('1'), false)
  await bus.publish('p/runners/1/acks', 'ab')
  assert.equal(heard.length, 3)
  assert.equal(bus.connected, true)
  const received = Object.fromEntries(counters.of('broker_messages_received_total'))
  assert.deepEqual(received, { log: 1, hello: 1, other: 1 })
  assert.deepEqual(counters.of('broker_bytes_received_total')[0], ['log', 5])
  assert.deepEqual(counters.of('broker_messages_sent_total'), [['acks', 1]])
})
