/**
 * The rhythm of a fleet: how often a runner is heard, and how long its silence is borne. A small fleet
 * is heard often; a large one together not oftener than the server takes gladly. Pure.
 */
export interface CadenceSettings {
  /** The shortest lease, ms: what a fleet has that is not large. */
  leaseMs: number
  /** Heartbeats that all runners together send in a second, at most. */
  beatsPerSec: number
}

/** What one runner is told at its welcome, and how long it is then waited for. */
export interface Cadence {
  heartbeatMs: number
  leaseMs: number
}

/** Three heartbeats in a row may be lost; the fourth comes in time, with a quarter for its way. */
const beatsPerLease = 4.25

/** @param runners all that are registered: those that are away may all come back */
export function cadenceOf(runners: number, { leaseMs, beatsPerSec }: CadenceSettings): Cadence {
  const often = Math.floor(leaseMs / beatsPerLease)
  const shared = Math.ceil((runners / beatsPerSec) * 1000)
  const heartbeatMs = Math.max(often, shared)
  return { heartbeatMs, leaseMs: Math.max(leaseMs, Math.ceil(heartbeatMs * beatsPerLease)) }
}
