/**
 * The runner's machine of attempts: (state, event, now) -> (state, effects). Pure, so that a simulator
 * can drive it through any order of messages, crashes and torn writes. Rules D1 to D3, D6 and D8.
 *
 *   offer -> accepted --claim--> (grant within 30 s) -> started -> ended -> (result-ack) -> forgotten
 *               `--cancel--------------------------------------------^
 */
import { cancel, distrusted, end, forget, grant, offer } from './attempts.ts'
import { answer, ask } from './confirmation.ts'
import { journal, room } from './disk.ts'
import { Draft } from './draft.ts'
import { connected, decline, drain, hello, tick, welcome } from './session.ts'
import type { RunnerEffect, RunnerEvent, RunnerFacts, RunnerState } from './state.ts'

export interface Step {
  state: RunnerState
  effects: RunnerEffect[]
}

/** @param now monotonic ms. */
export function step(
  state: RunnerState,
  event: RunnerEvent,
  now: number,
  facts: RunnerFacts,
): Step {
  const draft = new Draft(state, now, facts)
  take(draft, event)
  return { state: draft.state, effects: draft.effects }
}

function take(draft: Draft, event: RunnerEvent): void {
  switch (event.kind) {
    case 'connected':
      return connected(draft, event)
    case 'disconnected':
      return draft.change({ nonce: null, session: null })
    case 'welcome':
      return welcome(draft, event)
    case 'decline':
      return decline(draft, event)
    case 'identify':
      return hello(draft)
    case 'offer':
      return offer(draft, event)
    case 'grant':
      return grant(draft, event)
    case 'distrusted':
      return distrusted(draft, event)
    case 'cancel':
      return cancel(draft, event)
    case 'asked':
      return ask(draft, event)
    case 'confirm':
    case 'reject':
      return answer(draft, event)
    case 'result-ack':
      return forget(draft, draft.held(event))
    case 'ended':
      return end(draft, draft.held(event), event.result)
    case 'drain':
      return drain(draft)
    case 'journal':
      return journal(draft, event)
    case 'room':
      return room(draft, event)
    case 'tick':
      return tick(draft)
    default:
      return event satisfies never
  }
}
