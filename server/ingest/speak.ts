/** What the machine wants said, as messages: the last arrow of each event. */
import type { Postbox } from '../../broker/postbox.ts'
import type { Log } from '../../lib/log.ts'
import type { Saying } from './batch.ts'
import type { Granter } from './grant.ts'
import type { Declining, Greeting } from './greet.ts'

export interface SpeakerContext {
  postbox: Postbox
  granter: Pick<Granter, 'grant'>
  log: Log
}

/** Only to be called for what is committed. */
export function createSpeaker({ postbox, granter, log }: SpeakerContext) {
  function greet({ runner, welcome, cleared, sayings }: Greeting): void {
    log.info('runner connected', { runner, session: welcome.session })
    if (cleared) log.info('runner has cleared its cache', { runner })
    postbox.tasks(runner, welcome)
    for (const saying of sayings) say(saying)
  }

  function decline({ runner, decline, sayings }: Declining): void {
    const { reason, retry_ms } = decline
    log.info('runner declined', { runner, reason, retry_ms })
    for (const saying of sayings) say(saying)
    postbox.tasks(runner, decline)
  }

  function say({ runner, task, attempt, effect }: Saying): void {
    const to = { v: 1, task, attempt } as const
    switch (effect.kind) {
      case 'offer':
        postbox.tasks(runner, { ...to, kind: 'offer' })
        break
      case 'cancel':
        postbox.tasks(runner, { ...to, kind: 'cancel', force: effect.force })
        break
      case 'confirm':
      case 'reject':
        postbox.tasks(runner, { ...to, kind: effect.kind })
        break
      case 'log-ack':
        postbox.acks(runner, { ...to, kind: 'log-ack', next_seq: effect.nextSeq })
        break
      case 'result-ack':
        postbox.acks(runner, { ...to, kind: 'result-ack' })
        break
      case 'grant':
        granter.grant({ runner, task, attempt, claim: effect.claim, session: effect.session })
        break
      default:
        effect satisfies never
    }
  }

  return (one: Greeting | Declining | Saying): void => {
    if ('welcome' in one) greet(one)
    else if ('decline' in one) decline(one)
    else say(one)
  }
}
