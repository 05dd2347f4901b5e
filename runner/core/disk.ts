/**
 * A disk that is full or fails: what has no record has not happened. Nothing new is taken, what runs runs
 * on and may be killed, and the records that are owed are made good when the journal is written again.
 */
import { claim, end, forget } from './attempts.ts'
import type { Draft } from './draft.ts'
import { heartbeat } from './session.ts'
import type { HeldAttempt, Of } from './state.ts'

export function journal(draft: Draft, { trouble }: Of<'journal'>): void {
  draft.change({ trouble })
  if (trouble === null) {
    for (const held of draft.state.attempts.values()) makeGood(draft, held)
  }
  heartbeat(draft)
}

function makeGood(draft: Draft, held: HeldAttempt): void {
  const { owed, forgotten, phase } = held
  if (owed !== undefined) end(draft, held, owed)
  else if (forgotten && phase !== 'started') forget(draft, held)
  else if (phase === 'accepted') claim(draft, held)
}

export function room(draft: Draft, { shortage }: Of<'room'>): void {
  draft.change({ shortage })
  heartbeat(draft)
}
