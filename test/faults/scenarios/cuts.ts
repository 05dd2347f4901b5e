/** Links that break in every way that a field knows, once a second and more, while tasks print. */
import { systemClock } from '../../../lib/clock.ts'
import { FaultProxy } from '../../kit/fault-proxy.ts'
import type { Random } from '../../simulator/random.ts'
import { judge } from '../judge.ts'
import type { Scenario, Stage } from '../scenario.ts'
import { Trial } from '../trial.ts'

/** What ends a connection. Each one is undone by `heal`. */
const cuts: Record<string, (proxy: FaultProxy) => void> = {
  reset: (proxy) => proxy.cut(),
  outage: (proxy) => proxy.down(),
  'black hole': (proxy) => Object.assign(proxy, { swallows: ['up', 'down'] }),
  'nothing up': (proxy) => Object.assign(proxy, { swallows: ['up'] }),
  'nothing down': (proxy) => Object.assign(proxy, { swallows: ['down'] }),
}

/** What makes one slow; it may hold for many seconds, and cuts come on top of it. */
const weather: Record<string, (proxy: FaultProxy, random: Random) => void> = {
  delay: (proxy, random) => Object.assign(proxy, { delay: random.int(50, 800) }),
  'small pieces': (proxy, random) => Object.assign(proxy, { chop: random.int(1, 60) }),
  'low rate': (proxy, random) => Object.assign(proxy, { rate: random.int(2_000, 40_000) }),
}
const fair = { delay: 0, chop: Number.POSITIVE_INFINITY, rate: Number.POSITIVE_INFINITY }

const size = {
  seconds: 1800,
  runners: 10,
  tasksAtOnce: 20,
  lines: 1_000_000,
  linesATask: 1_000,
  cutsAMinute: 60,
  weatherAMinute: 20,
}

export const cutLinks: Scenario<typeof size> = {
  name: 'cuts',
  title: 'links reset, swallowed, delayed, chopped and slowed while tasks print',
  quick: {
    seconds: 20,
    runners: 4,
    tasksAtOnce: 8,
    lines: 4_000,
    linesATask: 250,
    cutsAMinute: 60,
    weatherAMinute: 20,
  },
  full: size,
  async run(size, stage) {
    const pace = { lines: size.linesATask, burst: 25, pause: 0.6 }
    const trial = await Trial.open(stage, { runners: 0, pace })
    const proxies: FaultProxy[] = []
    for (let index = 0; index < size.runners; index += 1) {
      const proxy = await FaultProxy.start(trial.world.mqttPort)
      stage.stack.defer(() => proxy.close())
      proxies.push(proxy)
      const url = `mqtts://localhost:${proxy.port}`
      const runner = await trial.world.addRunner({ runner: { mqtt_url: url } })
      await trial.startAgain(runner)
    }

    const endsAt = systemClock.monotonic() + size.seconds * 1000
    const isOn = () => systemClock.monotonic() < endsAt
    const more = () => isOn() || trial.started.length * size.linesATask < size.lines
    let busy = true
    const work = trial.keepBusy(size.tasksAtOnce, more).finally(() => {
      busy = false
    })
    await Promise.all([
      work,
      every(
        60_000 / size.cutsAMinute,
        () => busy,
        () => cutOne(proxies, stage),
      ),
      every(
        60_000 / size.weatherAMinute,
        () => busy,
        () => changeWeather(proxies, stage),
      ),
    ])
    for (const proxy of proxies) heal(proxy)
    await judge(trial, stage)
  },
}

/** One that is connected now: what is away already cannot be cut. */
async function cutOne(proxies: FaultProxy[], stage: Stage): Promise<void> {
  const { random } = stage
  const connected = proxies.filter((proxy) => proxy.links > 0 && proxy.swallows.length === 0)
  if (connected.length === 0) return stage.count('cuts that found nobody connected')
  const proxy = random.of(connected)
  const kind = random.of(Object.keys(cuts))
  cuts[kind]?.(proxy)
  stage.fault('cuts')
  stage.count(`cuts: ${kind}`)
  // The next cut does not wait for the end of this one.
  void systemClock.sleep(random.int(50, 3_000)).then(() => {
    if (proxy.swallows.length > 0) proxy.cut()
    proxy.up()
  })
}

async function changeWeather(proxies: FaultProxy[], stage: Stage): Promise<void> {
  const { random } = stage
  const proxy = random.of(proxies)
  const kind = random.of(Object.keys(weather))
  Object.assign(proxy, fair)
  weather[kind]?.(proxy, random)
  stage.fault('slow spells')
  stage.count(`slow: ${kind}`)
  void systemClock.sleep(random.int(1_000, 8_000)).then(() => Object.assign(proxy, fair))
}

function heal(proxy: FaultProxy): void {
  Object.assign(proxy, fair)
  if (proxy.swallows.length > 0) proxy.cut()
  proxy.up()
}

/** Does it again and again, at this rate however long it takes. */
async function every(ms: number, more: () => boolean, work: () => Promise<void>): Promise<void> {
  for (let at = systemClock.monotonic() + ms; more(); at += ms) {
    await systemClock.sleep(Math.max(0, at - systemClock.monotonic()))
    if (more()) await work()
  }
}
