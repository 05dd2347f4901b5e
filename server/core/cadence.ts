/**
 * The rhythm of a fleet: how often a runner is heard, how long its silence is borne, and how fast all
 * come back that were cut off at once. A large fleet together asks no more of the server in a second
 * than a small one. Pure.
 */
export interface CadenceSettings {
  /** The shortest lease, ms: what a fleet has that is not large. */
  leaseMs: number
  /** Heartbeats that all runners together send in a second, at most. */
  beatsPerSec: number
  /** Runners that come back in a second, at most, when all of them were cut off at once. */
  returnsPerSec: number
}

/** What one runner is told at its welcome, and how long it is then waited for. */
export interface Cadence {
  heartbeatMs: number
  leaseMs: number
  /** The time over which a fleet that was cut off at once comes back. */
  reconnectMs: number
  /** When the last of it has come back: the roll call (roll-call.ts) keeps to the rate, however long. */
  returnMs: number
}

/** Three heartbeats in a row may be lost; the fourth comes in time, with a quarter for its way. */
const beatsPerLease = 4.25
/** Nobody is kept waiting for less or more, however small or large the fleet is. */
const shortestReturnMs = 1_000
const longestReturnMs = 120_000

/** @param runners all that are registered: those that are away may all come back */
export function cadenceOf(runners: number, settings: CadenceSettings): Cadence {
  const { leaseMs, beatsPerSec, returnsPerSec } = settings
  const often = Math.floor(leaseMs / beatsPerLease)
  const shared = Math.ceil((runners / beatsPerSec) * 1000)
  const heartbeatMs = Math.max(often, shared)
  const returnMs = Math.max(Math.ceil((runners / returnsPerSec) * 1000), shortestReturnMs)
  return {
    heartbeatMs,
    leaseMs: Math.max(leaseMs, Math.ceil(heartbeatMs * beatsPerLease)),
    reconnectMs: Math.min(returnMs, longestReturnMs),
    returnMs,
  }
}
