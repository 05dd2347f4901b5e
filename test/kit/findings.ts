/** What a server finds out about a task, for who waits until it knows. */
import assert from 'node:assert/strict'
import { systemClock } from '../../lib/clock.ts'
import type { Body } from './http.ts'
import type { World } from './world.ts'

type Asked = Pick<World, 'api' | 'project'>

const patienceMs = 60_000

export async function findingsOf({ api, project }: Asked, task: number): Promise<Body[]> {
  return (await api.get(`${project.path}/tasks/${task}/explain`)).json().findings
}

/** Resolves with a finding like this, some time after its cause, when the server knows. */
export async function found(
  world: Asked,
  task: number,
  code: string,
  text = /./,
): Promise<Body & { text: string }> {
  const patience = AbortSignal.timeout(patienceMs)
  for (;;) {
    const all = await findingsOf(world, task)
    const one = all.find((finding) => finding.code === code && text.test(finding.text))
    if (one !== undefined) return one
    if (patience.aborted) assert.fail(`expected ${code}, ${text}, got ${JSON.stringify(all)}`)
    await systemClock.sleep(100)
  }
}
