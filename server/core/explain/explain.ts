/** Why a task waits, or what is odd with it: the question that is asked most. Pure. */
import { isFinal } from '../../../broker/states.ts'
import type { Facts } from './facts.ts'
import type { Finding } from './finding.ts'
import { howItStands } from './handed-out.ts'
import { chased, evidence, howItEnded, returned, webhooks } from './history.ts'
import { whyWaiting } from './waiting.ts'

/** @returns what there is to say, most important first; at least one finding */
export function explain(facts: Facts): Finding[] {
  return [...now(facts), ...evidence(facts), ...webhooks(facts)]
}

function now(facts: Facts): Finding[] {
  const { status, held } = facts.task
  if (isFinal(status)) return [howItEnded(facts), ...chased(facts)]
  if (held !== null) return [...troubles(facts), review(held)]
  switch (status) {
    case 'waiting':
      return [...troubles(facts), ...whyWaiting(facts), ...returned(facts)]
    case 'waiting_confirmation':
    case 'confirmed':
    case 'rejected':
      return [confirmation(status), ...howItStands(facts), ...troubles(facts)]
    default:
      return [...howItStands(facts), ...troubles(facts)]
  }
}

function troubles(facts: Facts): Finding[] {
  return facts.troubles.map((trouble) => ({
    code: 'server-trouble',
    text: `the server cannot work (${trouble}): until that is over nothing is handed out, and what runners report waits on their disks`,
  }))
}

function review(held: string): Finding {
  const text = `the database was put back from a backup, and nobody has decided yet: ${held}`
  return { code: 'review', text }
}

function confirmation(status: 'waiting_confirmation' | 'confirmed' | 'rejected'): Finding {
  const text = {
    waiting_confirmation: 'it waits for a person to confirm or reject it',
    confirmed: 'it was confirmed, and its runner goes on',
    rejected: 'it was rejected, and its runner ends it',
  }[status]
  return { code: 'confirmation', text }
}
