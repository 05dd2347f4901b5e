/**
 * A first clone by the built-in git client beside the git program, from a real smart HTTP server on
 * loopback. The built-in one works in the runner's own process: how long it stops everything else
 * there, and how much memory it takes, are its limits.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { systemClock } from '../lib/clock.ts'
import { CleanupStack } from '../lib/stack.ts'
import { checkOut } from '../runner/job/git/checkout.ts'
import { JobLog } from '../runner/job/log.ts'
import { Masker } from '../runner/job/mask.ts'
import { removeAs } from '../runner/job/remove.ts'
import { SecretFolder } from '../runner/job/secret-folder.ts'
import { makeRepository, serveGit } from '../test/kit/git.ts'
import { makeJob } from '../test/kit/job.ts'
import { type Benchmark, row } from './benchmark.ts'

/** What a clone brings, MB; files of 50 kB that no compression makes smaller. */
const sizes = [1, 10, 50]
const fileBytes = 50_000

type Client = 'go_git' | 'cmd_git'
interface Cost {
  ms: number
  /** The longest time in which nothing else ran in this process, ms. */
  blocked: number
  /** By which the process grew, MB. */
  memory: number
}

export const benchmark: Benchmark = async ({ runs = 3 } = {}) => {
  const rows = []
  const notes: string[] = []
  for (const size of sizes) {
    await using stack = new CleanupStack()
    const repository = stack.use(await makeRepository(filesOf(size)))
    const { url } = stack.use(await serveGit(repository.path))
    const costs: Record<Client, Cost[]> = { go_git: [], cmd_git: [] }
    for (let turn = 0; turn < runs; turn++) {
      for (const client of ['go_git', 'cmd_git'] as const)
        costs[client].push(await clone(client, url))
    }
    for (const [client, name] of [
      ['go_git', 'built-in client'],
      ['cmd_git', 'git program'],
    ] as const) {
      const label = `${size} MB, ${name}`
      rows.push(
        row(
          label,
          costs[client].map(({ ms }) => ms),
        ),
      )
      const most = (key: keyof Cost) =>
        Math.round(Math.max(...costs[client].map((cost) => cost[key])))
      notes.push(
        `${label}: at most ${most('blocked')} ms in one piece, ${most('memory')} MB more memory`,
      )
    }
  }
  return {
    title: 'A first clone over HTTP',
    unit: 'ms',
    rows,
    notes,
    aims: [],
  }
}

async function clone(client: Client, url: string): Promise<Cost> {
  const tmpPath = await mkdtemp(join(tmpdir(), 'outstation-bench-'))
  const log = new JobLog({ write: async () => {} }, Masker.of({ texts: [], base64: [] }))
  const secrets = SecretFolder.open(tmpPath)
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const before = process.memoryUsage().rss
  let most = before
  const watch = setInterval(() => {
    most = Math.max(most, process.memoryUsage().rss)
  }, 5)
  delay.enable()
  const begun = performance.now()
  try {
    await checkOut({
      job: makeJob({ repository: { git_url: url, git_branch: 'main' } }),
      context: {
        ...{ tmpPath, knownHosts: join(tmpPath, 'known_hosts'), settings: { git_client: client } },
        ...{ clock: systemClock, random: Math.random, cancel: new AbortController().signal },
        ...{ log: { write: async () => {} }, confirm: async () => true },
      },
      ...{ tree: join(tmpPath, 'tree'), secrets, marker: {}, log },
    })
    const ms = performance.now() - begun
    return { ms, blocked: delay.max / 1e6, memory: (most - before) / 1e6 }
  } finally {
    clearInterval(watch)
    delay.disable()
    await secrets.close()
    await removeAs(undefined, [tmpPath])
  }
}

function filesOf(megabytes: number): Record<string, string> {
  const count = (megabytes * 1_000_000) / fileBytes
  const names = Array.from({ length: count }, (_, index) => `roles/r${index % 20}/f${index}`)
  return Object.fromEntries(names.map((name) => [name, randomBytes(fileBytes).toString('latin1')]))
}
