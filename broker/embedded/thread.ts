/** One worker thread that is started again whenever it dies. */
import type { Worker } from 'node:worker_threads'
import { backoff } from '../../lib/backoff.ts'
import type { Clock } from '../../lib/clock.ts'
import { lineOf } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import type { Boot, Numbered, Order, Report } from './thread-messages.ts'

export interface ThreadOptions {
  boot: Boot
  /** Starts a worker with this as its `workerData`. */
  spawn(boot: Boot): Worker
  /** A runner has connected. */
  onEntered(runner: number, address: string): void
  log: Log
  clock: Clock
  random: () => number
}

export interface Thread {
  /** The TLS port, the same for every worker. */
  readonly port: number
  /** Resolves once the worker lives by it; if it dies meanwhile, the next one starts with it. */
  tell(order: Order): Promise<void>
  close(): Promise<void>
}

/** Why the first worker could not start: the system's code (EADDRINUSE, ..) where there is one. */
export class StartFailure extends Error {
  override name = 'StartFailure'
  readonly code: string | undefined

  constructor(message: string, code?: string) {
    super(message)
    this.code = code
  }
}

/** A worker that lived this long was not felled by the same cause as the one before, ms. */
const steadyMs = 60_000

/** Rejects with `StartFailure` if the first worker does not come up. */
export async function startThread(options: ThreadOptions): Promise<Thread> {
  const { log, clock, random } = options
  const closing = new AbortController()
  let boot = options.boot
  let seq = 0
  let life = live(options, boot)
  const port = await life.ready
  boot = { ...boot, port }
  const kept = keep()

  async function keep(): Promise<void> {
    for (let deaths = 0; ; deaths += 1) {
      const born = clock.monotonic()
      const { message: reason } = await life.ended
      if (closing.signal.aborted) return
      if (clock.monotonic() - born > steadyMs) deaths = 0
      const retryMs = backoff(deaths, { first: 200, cap: 10_000, random })
      log.error('broker: worker died', { reason, retryMs: Math.round(retryMs) })
      await clock.sleep(retryMs, closing.signal).catch(() => {})
      if (closing.signal.aborted) return
      life = live(options, boot)
      life.ready.then(
        () => log.info('broker: worker started again'),
        () => {},
      )
    }
  }

  return {
    port,
    tell(order) {
      boot = { ...boot, ...order }
      seq += 1
      return life.tell({ seq, order })
    },
    async close() {
      closing.abort()
      await life.end()
      await kept
    },
  }
}

interface Life {
  ready: Promise<number>
  /** Resolves with the reason once the worker is gone; never rejects. */
  ended: Promise<StartFailure>
  tell(order: Numbered): Promise<void>
  end(): Promise<unknown>
}

function live({ spawn, onEntered, log }: ThreadOptions, boot: Boot): Life {
  const worker = spawn(boot)
  const answers = new Map<number, () => void>()
  let cause: StartFailure | undefined
  worker.on('error', (error) => {
    cause ??= new StartFailure(lineOf(error))
  })
  const ended = new Promise<StartFailure>((resolve) => {
    worker.once('exit', (status) => resolve(cause ?? new StartFailure(`exit ${status}`)))
  })
  const ready = new Promise<number>((resolve, reject) => {
    worker.on('message', (report: Report) => {
      if (report.kind === 'log') log[report.level](report.event, report.fields)
      if (report.kind === 'entered') onEntered(report.runner, report.address)
      if (report.kind === 'done') answers.get(report.seq)?.()
      if (report.kind === 'ready') resolve(report.port)
      if (report.kind === 'failed') {
        cause ??= new StartFailure(report.message, report.code)
        void worker.terminate()
      }
    })
    void ended.then(reject)
  })
  ready.catch(() => {})

  return {
    ready,
    ended,
    async tell(order) {
      const answered = new Promise<void>((resolve) => answers.set(order.seq, resolve))
      worker.postMessage(order)
      await Promise.race([answered, ended])
      answers.delete(order.seq)
    },
    end: () => worker.terminate(),
  }
}
