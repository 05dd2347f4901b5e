/**
 * A fleet that is cut off at once, and comes back: by a link that is cut, and by a server that is
 * started again. Meanwhile a client asks the API on and on.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { AppError } from '../lib/errors.ts'
import { CleanupStack } from '../lib/stack.ts'
import { Program } from '../test/kit/program.ts'
import { openWorld, type World } from '../test/kit/world.ts'
import { registrationToken } from '../test/kit/world-runner.ts'
import { type Aim, type Benchmark, percentile, row, wallClock } from './benchmark.ts'
import { type Compiled, compile } from './compile.ts'
import type { FarSideOrder, FarSideReport, FarSideSetup } from './fleet/far-side.ts'
import { poll } from './fleet/poll.ts'
import { usageOf } from './fleet/usage.ts'
import { openKeptConnection } from './kept-connection.ts'

/** Asked on and on: its user and its projects are looked up for each. */
const path = '/api/projects'
/** Nothing but heartbeats; long enough that most of the fleet sends one, ms. */
const restMs = 15_000
const patienceMs = 120_000

interface Storm {
  /** From the moment at which they could come back until each was welcomed, ms. */
  back: number[]
  /** What the answers of the API took meanwhile, ms. */
  answers: number[]
  /** CPU of the server, ms. */
  cpu: number
}

export const benchmark: Benchmark = async ({ runs = 3, runners = 500 } = {}) => {
  await using stack = new CleanupStack()
  const compiled = stack.use(await compile())
  Program.entry = [join(compiled.folder, 'cli.js')]
  const world = stack.use(await openWorld({ runners: 0, files: { 'none.sh': '' } }))
  const http = stack.use(await openKeptConnection(world, { sockets: 16 }))
  const setup = { port: world.mqttPort, ca: world.ca, runners: await register(world, runners) }
  const farSide = stack.use(await openFarSide(compiled, setup))

  async function storm(from: () => Promise<number>): Promise<Storm> {
    const begun = await from()
    const { cpu } = usageOf(world.server.pid)
    const asking = poll(http, path)
    const back = (await farSide.back()).map((at) => at - begun)
    return { back, answers: await asking.end(), cpu: usageOf(world.server.pid).cpu - cpu }
  }
  async function cut(): Promise<number> {
    farSide.order('cut')
    return wallClock()
  }
  async function restart(): Promise<number> {
    farSide.order('watch')
    await world.server.end('SIGTERM')
    await world.server.start()
    return wallClock()
  }

  await farSide.back()
  const resting = usageOf(world.server.pid)
  const asking = poll(http, path)
  await pause(restMs)
  const rest = await asking.end()
  const rested = usageOf(world.server.pid)
  const cuts: Storm[] = []
  const restarts: Storm[] = []
  for (let turn = 0; turn < runs; turn += 1) {
    cuts.push(await storm(cut))
    restarts.push(await storm(restart))
  }

  const all = (storms: Storm[], what: 'back' | 'answers') => storms.flatMap((one) => one[what])
  return {
    title: `${runners} runners cut off at once, and back`,
    unit: 'ms',
    rows: [
      row('back after a cut', all(cuts, 'back')),
      row('API meanwhile', all(cuts, 'answers')),
      row('back after a restart', all(restarts, 'back')),
      row('API meanwhile', all(restarts, 'answers')),
      row('API at rest', rest),
    ],
    notes: [
      told('cut', cuts),
      told('restart', restarts),
      `at rest: CPU ${Math.round((100 * (rested.cpu - resting.cpu)) / restMs)} % of a core`,
      `memory: ${resting.memory} MB with all connected, at most ${usageOf(world.server.pid).peak} MB`,
    ],
    aims: [...aimsOf('cut', cuts), ...aimsOf('restart', restarts)],
  }
}

function worstOf(storms: Storm[]): { back: number; answer: number; cpu: number } {
  return {
    back: Math.max(...storms.flatMap((one) => one.back)),
    answer: percentile(
      storms.flatMap((one) => one.answers),
      99,
    ),
    cpu: Math.max(...storms.map((one) => one.cpu)),
  }
}

function told(what: string, storms: Storm[]): string {
  const { back, answer, cpu } = worstOf(storms)
  const whole = (value: number) => Math.round(value).toLocaleString('en')
  return `${what}: all back within ${whole(back)} ms; API p99 ${Math.round(answer)} ms; CPU of the server ${whole(cpu)} ms`
}

function aimsOf(what: string, storms: Storm[]): Aim[] {
  const { back, answer } = worstOf(storms)
  return [
    { name: `${what}, all back`, got: back, atMost: 60_000, unit: 'ms' },
    { name: `${what}, API p99`, got: answer, atMost: 500, unit: 'ms' },
  ]
}

async function register({ api }: World, count: number): Promise<FarSideSetup['runners']> {
  const runners: FarSideSetup['runners'] = []
  while (runners.length < count) {
    const body = { registration_token: registrationToken, name: `far ${runners.length}` }
    const answer = await api.post('/api/internal/runners', body)
    if (answer.status !== 200) throw new AppError('tool', `registration: ${answer.text}`)
    runners.push(answer.json())
  }
  return runners
}

interface FarSide {
  order(order: FarSideOrder): void
  /** When all are back: when each was, ms since 1970. */
  back(): Promise<FarSideReport>
  close(): void
}

async function openFarSide({ folder }: Compiled, setup: FarSideSetup): Promise<FarSide> {
  const child: ChildProcess = fork(join(folder, 'bench/fleet/far-side.js'), { execArgv: [] })
  child.send(setup)
  return {
    order: (order) => child.send(order),
    async back() {
      const late = AbortSignal.timeout(patienceMs)
      try {
        const [report] = await once(child, 'message', { signal: late })
        return report
      } catch (cause) {
        const expected = `expected all runners back within ${patienceMs / 1000} s`
        throw new AppError('tool', `${expected}, got fewer`, { cause })
      }
    },
    close: () => child.kill(),
  }
}
