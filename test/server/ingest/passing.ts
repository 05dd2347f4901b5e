/** How time passes for a server: step by step while it is awake, at once while it is frozen. */
import type { OutboxWorld } from '../feed/webhooks/outbox-world.ts'

type Passing = Pick<OutboxWorld, 'clock' | 'store'>

/** Less than a heartbeat of a fleet that is not large. */
const stepMs = 10_000

export async function pass(world: Passing, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= stepMs) await jump(world, stepMs)
}

/** And all that it brings about: a look commits twice for each silent runner. */
export async function jump({ clock, store }: Passing, ms: number): Promise<void> {
  clock.advance(ms)
  for (let commits = 0; commits < 3; commits += 1) {
    await new Promise(setImmediate)
    await store.commit(async () => {})
  }
}
