/** A runner whose only way to the broker leads through a proxy, where its link can be cut. */
import { FaultProxy } from '../kit/fault-proxy.ts'
import type { WorldRunner } from '../kit/world-runner.ts'
import type { Stage } from './scenario.ts'
import type { Trial } from './trial.ts'

export interface Link {
  proxy: FaultProxy
  runner: WorldRunner
}

/** So many of them, started. @param setting more of `runner` in their configuration */
export async function openLinks(
  count: number,
  trial: Trial,
  stage: Stage,
  setting: Record<string, unknown> = {},
): Promise<Link[]> {
  const links: Link[] = []
  for (let index = 0; index < count; index += 1) {
    const proxy = await FaultProxy.start(trial.world.mqttPort)
    stage.stack.defer(() => proxy.close())
    const mqtt_url = `mqtts://localhost:${proxy.port}`
    const runner = await trial.world.addRunner({ runner: { ...setting, mqtt_url } })
    await trial.startAgain(runner)
    links.push({ proxy, runner })
  }
  return links
}

/** Cuts them all. @returns whether all have a new connection within a minute */
export async function cutAndReturn(links: readonly Link[]): Promise<boolean> {
  const back = areBack(links.map(({ runner }) => runner))
  for (const { proxy } of links) proxy.cut()
  return await back
}

/** Whether all of them connect anew within a minute from now. */
export function areBack(runners: readonly WorldRunner[]): Promise<boolean> {
  return Promise.all(runners.map((runner) => runner.next('connected'))).then(
    () => true,
    () => false,
  )
}
