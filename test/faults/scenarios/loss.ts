/** Runners behind a router that loses packets, all of them for a while, and forgets connections. */
import { systemClock } from '../../../lib/clock.ts'
import { FaultProxy } from '../../kit/fault-proxy.ts'
import type { WorldRunner } from '../../kit/world-runner.ts'
import { FarNetwork, lacksNamespaces } from '../far-network.ts'
import { judge } from '../judge.ts'
import type { Scenario, Stage } from '../scenario.ts'
import { Trial } from '../trial.ts'

const size = { runners: 4, tasksAtOnce: 8, lossy: 20, partitions: 10, evictions: 5 }
/** A connection that died without a word is noticed and made anew within this, s. */
const noticedWithin = 60

export const losePackets: Scenario<typeof size> = {
  name: 'loss',
  title: 'packets lost, partitions, and a NAT that forgets connections',
  quick: { runners: 2, tasksAtOnce: 4, lossy: 3, partitions: 1, evictions: 1 },
  full: size,
  missing: lacksNamespaces,
  async run(size, stage) {
    const network = stage.stack.use(await FarNetwork.open(1 + (process.pid % 240)))
    const pace = { lines: 600, burst: 20, pause: 0.1 }
    const trial = await Trial.open(stage, { runners: 0, pace })
    for (const port of [trial.world.port, trial.world.mqttPort]) {
      const door = await FaultProxy.start(port, { host: network.here, port })
      stage.stack.defer(() => door.close())
    }
    for (let index = 0; index < size.runners; index += 1) {
      const runner = await trial.world.addRunner()
      runner.wrap = network.wrap
      await trial.startAgain(runner)
    }

    let busy = true
    const work = trial.keepBusy(size.tasksAtOnce, () => busy)
    for (let turn = 0; turn < size.lossy; turn += 1) {
      await network.lose(stage.random.of([0.02, 0.1, 0.3]))
      await systemClock.sleep(stage.random.int(1_000, 4_000))
      stage.fault('lossy spells')
    }
    for (let turn = 0; turn < size.partitions; turn += 1) {
      await network.lose(1)
      await systemClock.sleep(stage.random.int(2_000, 8_000))
      await network.lose(0)
      await systemClock.sleep(stage.random.int(1_000, 3_000))
      stage.fault('partitions')
    }
    for (let turn = 0; turn < size.evictions; turn += 1) {
      await evict(network, trial.world.runners, stage)
    }
    busy = false
    await work
    await judge(trial, stage)
  },
}

/** Resolves when all of them have noticed that their connection is dead, and have a new one. */
async function evict(network: FarNetwork, runners: WorldRunner[], stage: Stage): Promise<void> {
  const began = systemClock.monotonic()
  const back = Promise.all(runners.map((runner) => runner.next('connected'))).then(
    () => true,
    () => false,
  )
  await network.evict()
  stage.fault('connections that NAT forgot', runners.length)
  const areBack = await back
  const seconds = Math.round((systemClock.monotonic() - began) / 1000)
  const longest = stage.counts['seconds until a dead connection was replaced'] ?? 0
  stage.counts['seconds until a dead connection was replaced'] = Math.max(longest, seconds)
  stage.expect(areBack && seconds <= noticedWithin, `all are back, but after ${seconds} s`)
}
