/**
 * From the POST of a task to the first instruction of its process, the runner idle, beside a bare
 * exchange of the same messages, fsyncs and spawn. The two take turns, so that both meet the same disk
 * and the same neighbours.
 */
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { AppError } from '../lib/errors.ts'
import { CleanupStack } from '../lib/stack.ts'
import { Program } from '../test/kit/program.ts'
import { openWorld } from '../test/kit/world.ts'
import type { BareExchange, BareOptions } from './bare/exchange.ts'
import { type Benchmark, row, wallClock } from './benchmark.ts'
import { type Compiled, compile } from './compile.ts'
import { openKeptConnection } from './kept-connection.ts'

/** Bash reads the clock itself: no further process. Its locale decides between point and comma. */
const files = { 'stamp.sh': `printf 'first instruction at %s\\n' "$EPOCHREALTIME"\n` }
const mostWarmUp = 10
/** Both sides come to rest, ms. */
const rest = 100
/** Whoever follows a task costs the server a TLS handshake: not before the process has begun, ms. */
const unwatched = 250

export const benchmark: Benchmark = async ({ runs = 100 } = {}) => {
  await using stack = new CleanupStack()
  const compiled = stack.use(await compile())
  Program.entry = [join(compiled.folder, 'cli.js')]
  const world = stack.use(await openWorld({ files }))
  const http = stack.use(await openKeptConnection(world))
  const template = await world.template({ playbook: 'stamp.sh' })
  const bare = stack.use(
    await openBare(compiled, { folder: world.folder, script: files['stamp.sh'] }),
  )

  async function task() {
    const posted = wallClock()
    const { id } = await http.post(`${world.project.path}/tasks`, { template_id: template })
    const answered = wallClock()
    await pause(unwatched)
    await world.finished(id)
    return { start: stampIn(await world.log(id)) - posted, answer: answered - posted }
  }

  const ours: number[] = []
  const answers: number[] = []
  const least: number[] = []
  for (let turn = -Math.min(mostWarmUp, runs); turn < runs; turn += 1) {
    await pause(rest)
    const { start, answer } = await task()
    await pause(rest)
    const begun = wallClock()
    const exchanged = stampIn(await bare.exchange()) - begun
    if (turn < 0) continue
    ours.push(start)
    answers.push(answer)
    least.push(exchanged)
  }

  const [first, second] = [row('Outstation', ours), row('bare exchange', least)]
  const ratio = first.p50 / second.p50
  return {
    title: 'POST of a task to the first instruction of its process',
    unit: 'ms',
    rows: [first, second, row('(POST to its answer)', answers)],
    ratio,
    aims: [{ name: 'ratio', got: ratio, atMost: 2, unit: '' }],
  }
}

async function openBare({ folder }: Compiled, options: BareOptions): Promise<BareExchange> {
  const { openBareExchange } = await import(join(folder, 'bench/bare/exchange.js'))
  return await openBareExchange(options)
}

/** ms since 1970 */
function stampIn(log: string): number {
  const [, seconds, micro] = /first instruction at (\d+)[.,](\d{6})/.exec(log) ?? []
  if (seconds !== undefined) return Number(seconds) * 1000 + Number(micro) / 1000
  throw new AppError('tool', `expected a time from bash 5, got ${JSON.stringify(log)}`)
}
