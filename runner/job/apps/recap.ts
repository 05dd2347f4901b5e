/** Reads the recap with which ansible-playbook ends: what it did on each host, in numbers. */
import { type AnsibleSummary, type HostRecap, summaryBytes } from '../../../broker/summary.ts'

const heading = /^PLAY RECAP \*/
const row =
  /^(\S+)\s+: ok=(\d+) +changed=(\d+) +unreachable=(\d+) +failed=(\d+) +skipped=(\d+) +rescued=(\d+) +ignored=(\d+)/

type Counts = Omit<HostRecap, 'host'>

export class Recap {
  /** undefined until there is a recap; the last one counts. */
  #hosts: HostRecap[] | undefined

  /** @param line of the output, without colours */
  read(line: string): void {
    if (heading.test(line)) this.#hosts = []
    const match = this.#hosts && row.exec(line)
    if (match) this.#hosts?.push(hostOf(match[1] as string, match.slice(2).map(Number)))
  }

  /** undefined when ansible has printed no recap. */
  get summary(): AnsibleSummary | undefined {
    if (this.#hosts === undefined) return undefined
    const total = { hosts: this.#hosts.length, ...totalOf(this.#hosts) }
    return { kind: 'ansible', total, hosts: thatFit(this.#hosts) }
  }
}

function hostOf(host: string, counts: number[]): HostRecap {
  const [ok = 0, changed = 0, unreachable = 0, failed = 0, skipped = 0, rescued = 0, ignored = 0] =
    counts
  return {
    host: host.slice(0, 255),
    ...{ ok, changed, unreachable, failed, skipped, rescued, ignored },
  }
}

function totalOf(hosts: readonly HostRecap[]): Counts {
  const sum = (name: keyof Counts) => hosts.reduce((total, recap) => total + recap[name], 0)
  return {
    ok: sum('ok'),
    changed: sum('changed'),
    unreachable: sum('unreachable'),
    failed: sum('failed'),
    skipped: sum('skipped'),
    rescued: sum('rescued'),
    ignored: sum('ignored'),
  }
}

/** All, or as many as a summary may hold: a person looks for those that failed. */
function thatFit(hosts: readonly HostRecap[]): HostRecap[] {
  let room = summaryBytes - 1024
  const chosen = new Set<HostRecap>()
  for (const recap of [...hosts.filter(isTroubled), ...hosts]) {
    if (chosen.has(recap)) continue
    room -= Buffer.byteLength(JSON.stringify(recap)) + 1
    if (room < 0) break
    chosen.add(recap)
  }
  return hosts.filter((recap) => chosen.has(recap))
}

function isTroubled({ unreachable, failed }: HostRecap): boolean {
  return unreachable + failed > 0
}
