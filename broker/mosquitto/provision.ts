/**
 * Credentials in an external Mosquitto. It is told everything live, over one more connection of the
 * server's own user; nobody edits its files. That user first gives itself the server's rights, so an
 * operator only has to make it an administrator of the dynamic security plugin (docs/mosquitto.md).
 */
import { AppError, lineOf } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import type { Credentials, RunnerCredential } from '../credentials.ts'
import type { Topics } from '../topics.ts'
import { putCommands, removeCommands } from './clients.ts'
import { type Command, Dynsec, type DynsecOptions } from './dynsec.ts'
import { carryOut, list, lookUp } from './inventory.ts'
import { ensureServer } from './server.ts'

export interface MosquittoOptions extends Pick<DynsecOptions, 'connect' | 'username' | 'signal'> {
  topics: Topics
  log: Log
  /** Longest wait for Mosquitto, ms. */
  timeout?: number
}

/**
 * Connects, and goes on connecting until `signal` aborts. Each call waits `timeout` (5 s) for
 * Mosquitto, and may be made again when it failed: the connection may have broken half-way.
 * All reject with the errors of `Dynsec.request`, with `config` if the plugin does not know our user,
 * with `conflict` where a runner cannot be made known.
 */
export function provisionMosquitto(options: MosquittoOptions): Credentials {
  const { topics, log, timeout = 5_000 } = options
  const queue = createQueue()
  let connection = 0
  /** The connection on which Mosquitto was last found, or made, as we need it. */
  let prepared = -1
  const dynsec = new Dynsec({ ...options, timeout, onConnect })

  function onConnect() {
    connection += 1
    inTurn(async () => {}).catch((error: unknown) => {
      log.warn('mosquitto not ready', { reason: lineOf(error) })
    })
  }

  /** Does `work` after what was asked before, and never on a Mosquitto that we did not prepare. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    return queue(async () => {
      if (prepared !== connection || !dynsec.connected) {
        await ensureServer(dynsec, options)
        prepared = connection
        log.info('mosquitto ready')
      }
      await work()
    })
  }

  return {
    sync: (runners) => inTurn(() => sync(dynsec, options, runners)),
    put: (runner) =>
      inTurn(async () => {
        const known = await lookUp(dynsec, runner.id)
        await carryOut(dynsec, putCommands(topics, known, runner))
      }),
    remove: (id) =>
      inTurn(async () => {
        await carryOut(dynsec, removeCommands(await lookUp(dynsec, id)))
      }),
  }
}

async function sync(
  dynsec: Dynsec,
  { topics, log }: MosquittoOptions,
  runners: readonly RunnerCredential[],
): Promise<void> {
  const known = await list(dynsec)
  const wanted = new Set(runners.map(({ id }) => id))
  const gone = [...known].filter(([id]) => !wanted.has(id))
  const commands: Command[] = gone.flatMap(([, entry]) => removeCommands(entry))
  const failures: AppError[] = []
  for (const runner of runners) {
    try {
      commands.push(...putCommands(topics, known.get(runner.id) ?? {}, runner))
    } catch (error) {
      failures.push(error as AppError)
    }
  }
  await carryOut(dynsec, commands)
  log.info('mosquitto knows the runners', { runners: wanted.size, commands: commands.length })
  if (failures.length > 0) throw allOf(failures)
}

/** The others are known by now: one runner that must register again stops nobody. */
function allOf(failures: readonly AppError[]): AppError {
  const [first, ...more] = failures as [AppError, ...AppError[]]
  const rest = more.length === 0 ? '' : `; ${more.length} more like this`
  return new AppError(first.code, first.message, { fix: `${first.fix}${rest}` })
}

/** One after the other: a sync and a put must not read and write across each other. */
function createQueue(): (work: () => Promise<void>) => Promise<void> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const turn = last.then(work)
    last = turn.catch(() => {})
    return turn
  }
}
