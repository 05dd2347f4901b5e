import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Job } from '../../../broker/job.ts'
import { createGranter } from '../../../server/ingest/grant.ts'
import { jobOf } from '../../kit/job.ts'
import { OutboxWorld } from '../feed/webhooks/outbox-world.ts'

test('a server that ends waits for the jobs that are being read, and does not give them up', async (t) => {
  const { store, clock, log } = await OutboxWorld.open(t)
  const steps: string[] = []
  let read = (_job: Job) => {}
  const job = new Promise<Job>((resolve) => {
    read = resolve
  })
  const granter = createGranter({
    store,
    postbox: {
      tasks: (_runner, { kind }) => steps.push(kind) > 0,
      acks: () => true,
    },
    readJob: () => job,
    clock,
    log,
    signal: new AbortController().signal,
  })
  await granter.idle()
  granter.grant({ runner: 1, task: 7, attempt: 1, claim: 1, session: 1 })
  const idle = granter.idle().then(() => steps.push('idle'))
  await new Promise(setImmediate)
  read(jobOf(7, 1))
  await idle
  assert.deepEqual(steps, ['grant', 'idle'])
})
