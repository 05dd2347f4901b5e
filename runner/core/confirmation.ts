/**
 * A job that goes on only by a person's word: it asks at most once. Nothing of it is journaled, since
 * a job does not outlive its runner's process.
 */
import type { Draft } from './draft.ts'
import { type HeldAttempt, idOf, type Of } from './state.ts'

export function ask(draft: Draft, event: Of<'asked'>): void {
  const held = draft.held(event)
  if (held?.phase !== 'started' || held.confirmation !== '') return
  const asking = { ...held, confirmation: 'open' } as const
  draft.keep(asking)
  remind(draft, asking)
}

/** The server may have lost it: said at each welcome and with each heartbeat until it is answered. */
export function remind(draft: Draft, held: HeldAttempt): void {
  if (held.phase !== 'started' || held.inReview) return
  if (held.confirmation === 'open') draft.say(held, { kind: 'waiting' })
}

/** It is said until we say that it was heard; what follows a no is the result. */
export function answer(draft: Draft, event: Of<'confirm' | 'reject'>): void {
  const held = draft.held(event)
  if (held?.phase !== 'started' || held.confirmation === '') return
  const said = event.kind === 'confirm' ? 'confirmed' : 'rejected'
  if (held.confirmation === 'open') {
    draft.keep({ ...held, confirmation: said })
    draft.effect({ kind: 'answer', ...idOf(held), confirmed: said === 'confirmed' })
  } else if (held.confirmation !== said) return
  if (said === 'confirmed') draft.say(held, { kind: 'resumed' })
}
