/** Links that break in every way that a field knows, once a second and more, while tasks print. */
import { systemClock } from '../../../lib/clock.ts'
import type { FaultProxy } from '../../kit/fault-proxy.ts'
import type { Random } from '../../simulator/random.ts'
import { judge } from '../judge.ts'
import { type Link, openLinks } from '../link.ts'
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
  holesAMinute: 1,
  /** s; a dead connection is given up after 1.5 times this. */
  keepalive: 25,
}
/** Silent links are noticed within this: 1.5 keepalives on either side, and the lease. */
const noticedMs = 75_000
/** Between two looks for somebody who is connected, ms. */
const lookMs = 50

export const cutLinks: Scenario<typeof size> = {
  name: 'cuts',
  title: 'links reset, swallowed, delayed, chopped and slowed while tasks print',
  quick: {
    ...size,
    seconds: 20,
    runners: 4,
    tasksAtOnce: 8,
    lines: 4_000,
    linesATask: 250,
    holesAMinute: 6,
    keepalive: 5,
  },
  full: size,
  limits: { quick: 150, full: 4_500 },
  async run(size, stage) {
    const pace = { lines: size.linesATask, burst: 25, pause: 0.6 }
    const trial = await Trial.open(stage, { runners: 0, pace })
    const links = await openLinks(size.runners, trial, stage, {
      mqtt_keepalive_sec: size.keepalive,
    })
    const field = new Field(trial, links, stage)

    const began = systemClock.monotonic()
    const endsAt = began + size.seconds * 1000
    const isOn = () => systemClock.monotonic() < endsAt
    const more = () => isOn() || trial.started.length * size.linesATask < size.lines
    let busy = true
    const isBusy = () => busy && !stage.over
    let minutes = 0
    const work = trial.keepBusy(size.tasksAtOnce, more).finally(() => {
      busy = false
      minutes = (systemClock.monotonic() - began) / 60_000
    })
    await Promise.all([
      work,
      every(60_000 / size.cutsAMinute, isBusy, () => field.cutOne(isBusy)),
      every(60_000 / size.weatherAMinute, isBusy, () => field.changeWeather()),
      every(60_000 / size.holesAMinute, isBusy, () => field.darkenOne()),
    ])
    const due = Math.floor(minutes * size.cutsAMinute) - 2
    const { cuts = 0 } = stage.faults
    stage.expect(cuts >= due, `${due} cuts in ${minutes.toFixed(1)} minutes, not ${cuts}`)
    for (const { proxy } of links) heal(proxy)
    await judge(trial, stage)
  },
}

/** What is done to the links. Each fault finds one that none is done to yet. */
class Field {
  readonly #trial: Trial
  readonly #links: readonly Link[]
  readonly #stage: Stage
  /** Those that a silence is kept on, until it is noticed. */
  readonly #dark = new Set<Link>()

  constructor(trial: Trial, links: readonly Link[], stage: Stage) {
    this.#trial = trial
    this.#links = links
    this.#stage = stage
  }

  /** One that is connected: what is away already cannot be cut, and another one is waited for. */
  async cutOne(isBusy: () => boolean): Promise<void> {
    const { random } = this.#stage
    let found = this.#connected
    if (found.length === 0) this.#stage.count('cuts that found nobody connected at first')
    while (found.length === 0 && isBusy()) {
      await systemClock.sleep(lookMs)
      found = this.#connected
    }
    if (found.length === 0) return
    const link = random.of(found)
    const { proxy } = link
    const kind = random.of(Object.keys(cuts))
    cuts[kind]?.(proxy)
    this.#stage.fault('cuts')
    this.#stage.count(`cuts: ${kind}`)
    // The next cut does not wait for the end of this one.
    void systemClock.sleep(random.int(50, 3_000)).then(() => {
      if (this.#dark.has(link)) return
      if (proxy.swallows.length > 0) proxy.cut()
      proxy.up()
    })
  }

  async changeWeather(): Promise<void> {
    const { random } = this.#stage
    const { proxy } = random.of(this.#links)
    const kind = random.of(Object.keys(weather))
    Object.assign(proxy, fair)
    weather[kind]?.(proxy, random)
    this.#stage.fault('slow spells')
    this.#stage.count(`slow: ${kind}`)
    void systemClock.sleep(random.int(1_000, 8_000)).then(() => Object.assign(proxy, fair))
  }

  /** Silence that lasts until both ends have noticed it by themselves, and nobody helps. */
  async darkenOne(): Promise<void> {
    const { random } = this.#stage
    const found = this.#connected
    if (found.length === 0) return this.#stage.count('silences that found nobody connected')
    const link = random.of(found)
    this.#dark.add(link)
    const { proxy, runner } = link
    const kind = random.of(['black hole', 'nothing up', 'nothing down'])
    const noticed = this.#isNoticed(link)
    cuts[kind]?.(proxy)
    this.#stage.fault('silences until both ends had noticed')
    this.#stage.expect(await noticed, `both ends of runner ${runner.id} notice: ${kind}`)
    this.#dark.delete(link)
    heal(proxy)
  }

  get #connected(): Link[] {
    return this.#links.filter(
      (link) => isUp(link) && link.proxy.swallows.length === 0 && !this.#dark.has(link),
    )
  }

  async #isNoticed({ runner }: Link): Promise<boolean> {
    const from = runner.events.length
    const endsAt = systemClock.monotonic() + noticedMs
    const isGone = () => runner.events.slice(from).some(({ event }) => event === 'disconnected')
    const isOffline = async () =>
      (await this.#trial.world.api.get(`/api/runners/${runner.id}`)).json().status === 'offline'
    while (systemClock.monotonic() < endsAt && !this.#stage.over) {
      if (isGone() && (await isOffline())) return true
      await systemClock.sleep(lookMs)
    }
    return false
  }
}

/** There is a connection, and the runner has said so. */
function isUp({ proxy, runner }: Link): boolean {
  const last = runner.events.findLast(({ event }) => /^(dis)?connected$/.test(event))
  return proxy.links > 0 && last?.event === 'connected'
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
