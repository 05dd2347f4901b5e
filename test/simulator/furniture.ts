/** What is in the database before anything begins. */
import type { Knex } from 'knex'
import { receiverUrl } from './network/receiver.ts'

const policies = ['fail', 'wait', 'requeue'] as const

/** Its id. */
export const project = 1
/** How many there are; their ids count from 1. */
export const templates = policies.length

/** A project with a webhook, a template for each policy, and the runners' rows. */
export async function furnish(db: Knex, runners: number): Promise<void> {
  await db('position').insert({ database: 'simulated', commits: 0 })
  await db('projects').insert({ name: 'Simulated', created: 0 })
  const of = { project_id: project, name: 'Simulated' }
  await db('webhooks').insert({
    ...of,
    url: receiverUrl,
    events: '["task.finished"]',
    secret: '',
    created: 0,
  })
  for (const silence_policy of policies) {
    await db('templates').insert({
      ...of,
      app: 'bash',
      playbook: 'run.sh',
      repository_id: 1,
      silence_policy,
      idempotent: true,
      max_requeues: 2,
    })
  }
  for (let id = 1; id <= runners; id += 1) {
    await db('runners').insert({ name: `runner ${id}`, token_hash: String(id), created: 0 })
  }
}
