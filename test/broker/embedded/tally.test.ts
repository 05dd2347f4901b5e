/** What a real broker counts at its doors. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Worker } from 'node:worker_threads'
import { spawnWorker } from '../../../broker/embedded/spawn.ts'
import { as, enter, rawClient, runner, testBroker, topics } from '../../kit/broker.ts'

const hello = (id: number) => topics.of({ channel: 'hello', runner: id })

test('connections of runners that are open, came and were refused, and their bytes', async (t) => {
  const broker = await testBroker(t)
  const one = await enter(t, broker, runner(1))
  await enter(t, broker, runner(2))
  const { bytesIn, bytesOut, ...before } = broker.counts()
  assert.deepEqual(before, { connections: 2, accepted: 2, refused: 0 })
  assert.ok(bytesIn > 0 && bytesOut > 0)
  await one.publish(hello(1), 'x'.repeat(1000))
  const { bytesIn: more } = broker.counts()
  assert.ok(more >= bytesIn + 1000 && more < bytesIn + 1100, String(more - bytesIn))

  const stranger = await rawClient(t, broker)
  assert.equal(await stranger.connect(as(runner(1, 'another token'))), false)
  await broker.log.find((line) => line.includes('turned away'))
  await broker.credentials.remove(1)
  await one.closed
  const { connections, accepted, refused } = broker.counts()
  assert.deepEqual([connections, accepted, refused], [1, 2, 1])
})

test('sums outlive the worker, its connections do not', async (t) => {
  const workers: Worker[] = []
  const broker = await testBroker(t, {
    random: () => 0.02,
    spawn(boot) {
      const worker = spawnWorker(boot)
      workers.push(worker)
      return worker
    },
  })
  await enter(t, broker, runner(1))
  await workers[0]?.terminate()
  await broker.log.find((line) => line.includes('worker started again'))
  const { connections, accepted } = broker.counts()
  assert.deepEqual([connections, accepted], [0, 1])
})
