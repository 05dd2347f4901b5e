/**
 * One token is for one installation: who has a runner when several processes say hello with its token,
 * because a disk image was cloned or a machine was replaced (failure 17 of docs/delivery.md). Pure.
 */

/** A process that says hello, as far as it and the broker tell of it. */
export interface Bearer {
  /** Names the process. */
  boot: string
  /** Names the folder of journal and token; a copy of the folder has it, too. */
  installation: string | null
  /** Names that folder on that machine since it was started: no two processes are alive in one place. */
  place: string | null
  host: string | null
  /** Where its connection came from. */
  address: string | null
}

/** The last one beside the holder that said hello. */
export interface Rival extends Bearer {
  /** It has spoken since the holder's last hello. */
  spokeLast: boolean
}

export interface Bearers {
  /** Who has the runner. */
  holder: Bearer | null
  rival: Rival | null
}

export interface Circumstances {
  /** The holder was heard within its lease: it may be back in a moment. */
  alive: boolean
  /** It is known already that two are alive. */
  cloned: boolean
  /** Attempts that the holder has claimed or started. */
  holds: number
  /** Those of them that the hello does not list. */
  unlisted: number
}

export interface Admission extends Bearers {
  holder: Bearer
  /** False: it is to go away and come back later. */
  admitted: boolean
  /** The runner is somewhere else now: what was offered to it there is unknown here. */
  moved: boolean
  /** They take turns, so both of them live. */
  cloned: boolean
}

/**
 * The holder keeps the runner while it is alive and has something to lose, or is known to have a clone.
 * Else the newcomer takes over: a machine was replaced, or a container made anew.
 */
export function decideHolder(
  said: Bearer,
  { holder, rival }: Bearers,
  { alive, cloned, holds, unlisted }: Circumstances,
): Admission {
  if (holder === null || isSame(said, holder)) {
    const returns = rival?.spokeLast === true
    const seen = rival && { ...rival, spokeLast: false }
    return { admitted: true, moved: false, cloned: returns, holder: said, rival: seen }
  }
  // Whoever was here before, and comes back after the holder has spoken again, lives beside it.
  const returns = rival !== null && isSame(said, rival) && !rival.spokeLast
  const apart = said.place !== null && holder.place !== null
  const guarded = (apart ? holds : unlisted) > 0
  const kept = (guarded && (alive || cloned || returns)) || (returns && alive)
  if (kept) {
    const spoke = { ...said, spokeLast: true }
    return { admitted: false, moved: false, cloned: returns, holder, rival: spoke }
  }
  const former = { ...holder, spokeLast: false }
  return { admitted: true, moved: apart, cloned: returns, holder: said, rival: former }
}

/** A process that was started again is the same bearer if it tells where it is. */
export function isSame(one: Bearer, other: Bearer): boolean {
  return one.boot === other.boot || (one.place !== null && one.place === other.place)
}

/** For a person, e.g. "pump-1 (10.0.0.7)". */
export function nameOf({ host, address }: Bearer): string {
  const name = host ?? 'a host without a name'
  return address === null ? name : `${name} (${address})`
}

/** What the alarm says: who the two are and what to do. */
export function clonedText(one: Bearer, other: Bearer): string {
  const copied = one.installation !== null && one.installation === other.installation
  const what = copied ? 'copies of one installation run' : 'two installations use its token'
  return `${what}: ${nameOf(one)} and ${nameOf(other)}; stop one of them, or register it anew`
}
