/** Runners behind a router that loses packets, all of them for a while, and forgets connections. */
import { systemClock } from '../../../lib/clock.ts'
import { FaultProxy } from '../../kit/fault-proxy.ts'
import type { WorldRunner } from '../../kit/world-runner.ts'
import { FarNetwork, lacksNamespaces } from '../far-network.ts'
import { judge } from '../judge.ts'
import { areBack } from '../link.ts'
import type { Scenario, Stage } from '../scenario.ts'
import { Trial } from '../trial.ts'

const size = {
  runners: 4,
  tasksAtOnce: 8,
  lossy: 20,
  partitions: 10,
  evictions: 5,
  idleEvictions: 3,
  /** The lease, of which a heartbeat is sent in each quarter; and the keepalive; s. */
  lease: 60,
  keepalive: 25,
  /** A router that forgets sooner than most, but not as soon as the heartbeat; how long it has to; s. */
  forgetsAfter: 30,
  idle: 120,
}
/** A connection that died without a word is noticed and made anew within this, s. */
const noticedWithin = 60
/** Sooner than any heartbeat, s. */
const tooSoon = 2
/** What the kernel has by itself, s. */
const late = 432_000

export const losePackets: Scenario<typeof size> = {
  name: 'loss',
  title: 'packets lost, partitions, and a NAT that forgets connections',
  quick: {
    ...{ runners: 2, tasksAtOnce: 4, lossy: 3, partitions: 1, evictions: 1, idleEvictions: 1 },
    ...{ lease: 20, keepalive: 10, forgetsAfter: 10, idle: 25 },
  },
  full: size,
  limits: { quick: 170, full: 1_800 },
  missing: lacksNamespaces,
  async run(size, stage) {
    const network = stage.stack.use(await FarNetwork.open(1 + (process.pid % 240)))
    const pace = { lines: 600, burst: 20, pause: 0.1 }
    const trial = await Trial.open(stage, {
      runners: 0,
      pace,
      server: { runners: { offline_timeout_sec: size.lease } },
    })
    for (const port of [trial.world.port, trial.world.mqttPort]) {
      const door = await FaultProxy.start(port, { host: network.here, port })
      stage.stack.defer(() => door.close())
    }
    for (let index = 0; index < size.runners; index += 1) {
      const runner = await trial.world.addRunner({
        runner: { mqtt_keepalive_sec: size.keepalive },
      })
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
      await expectNoticed(() => network.evict(), trial.world.runners, stage)
      stage.fault('connections that NAT forgot', size.runners)
    }
    busy = false
    await work
    await trial.told.until((ids) => trial.started.every((id) => ids.has(id)))
    await stayIdle(network, size, trial.world.runners, stage)
    for (let turn = 0; turn < size.idleEvictions; turn += 1) {
      await expectNoticed(() => forgetIdle(network, size), trial.world.runners, stage)
      stage.fault('idle connections that NAT forgot', size.runners)
    }
    // Over what they have now.
    await trial.start(size.tasksAtOnce)
    await judge(trial, stage)
  },
}

/** All of them notice that their connection is dead, and have a new one. */
async function expectNoticed(
  evict: () => Promise<void>,
  runners: readonly WorldRunner[],
  stage: Stage,
): Promise<void> {
  const began = systemClock.monotonic()
  const back = areBack(runners)
  await evict()
  const all = await back
  const seconds = Math.round((systemClock.monotonic() - began) / 1000)
  const longest = stage.counts['seconds until a dead connection was replaced'] ?? 0
  stage.counts['seconds until a dead connection was replaced'] = Math.max(longest, seconds)
  stage.expect(all && seconds <= noticedWithin, `all are back, but after ${seconds} s`)
}

/** A router forgets what is idle, and the heartbeat keeps it from that: nobody is disconnected. */
async function stayIdle(
  network: FarNetwork,
  { forgetsAfter, idle }: typeof size,
  runners: readonly WorldRunner[],
  stage: Stage,
): Promise<void> {
  await network.forgetAfter(forgetsAfter)
  const known = runners.map(({ events }) => events.length)
  await systemClock.sleep(idle * 1000)
  for (const [index, { events }] of runners.entries()) {
    const lost = events.slice(known[index]).filter(({ event }) => event === 'disconnected')
    const what = `a heartbeat keeps a link alive that is forgotten after ${forgetsAfter} idle seconds`
    stage.expect(lost.length === 0, `${what}: ${JSON.stringify(lost)}`)
  }
  stage.fault(`seconds of nothing but heartbeats`, idle)
}

/** The next pause between two heartbeats is too long for the router. */
async function forgetIdle(network: FarNetwork, { lease }: typeof size): Promise<void> {
  await network.forgetAfter(tooSoon)
  // It counts from the next heartbeat on; and what is connected anew shall not be forgotten.
  await systemClock.sleep((lease / 4 + tooSoon + 1) * 1000)
  await network.forgetAfter(late)
}
