import assert from 'node:assert/strict'
import { test } from 'node:test'
import { limits } from '../../../broker/codec.ts'
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

test('a job that is too large: the error names the limit that counts, and its size', async (t) => {
  const { store, clock, log } = await OutboxWorld.open(t)
  const granter = createGranter({
    store,
    postbox: { tasks: () => false, acks: () => true },
    readJob: async () => ({ ...jobOf(7, 1), playbook: 'x'.repeat(limits.job) }),
    clock,
    log,
    signal: new AbortController().signal,
  })
  granter.grant({ runner: 1, task: 7, attempt: 1, claim: 1, session: 1 })
  await log.seen('grant failed')
  const reason = String(log.events[0]?.fields.reason)
  const told = /: job: expected at most 6279168 bytes with its inventory, got (\d+); keep a large/
  assert.ok(Number(told.exec(reason)?.[1]) > limits.job, reason)
  await granter.idle()
})
