/**
 * A network that a runner sits in: a namespace of its own behind one that does NAT, as behind a router
 * at the far end. `localhost` there is this side of the router, so that names in certificates hold.
 *
 *   here, 10.213.N.1 --up-- router (masquerade, loss) --down-- far
 */
import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { CleanupStack } from '../../lib/stack.ts'
import type { Lack } from './scenario.ts'

const run = promisify(execFile)
const words = (command: string) => command.split(' ')

export class FarNetwork {
  /** The address of this side, where the server must be made to listen. */
  readonly here: string
  readonly #far: string
  readonly #router: string
  readonly #stack: CleanupStack

  private constructor(number: number, stack: CleanupStack) {
    this.here = `10.213.${number}.1`
    this.#far = `faults-far-${number}`
    this.#router = `faults-router-${number}`
    this.#stack = stack
  }

  /** @param number 1 to 250; no other network of this number may exist. */
  static async open(number: number): Promise<FarNetwork> {
    const stack = new CleanupStack()
    const network = new FarNetwork(number, stack)
    try {
      await network.#build(number)
      return network
    } catch (error) {
      await stack.close().catch(() => {})
      throw error
    }
  }

  /** Runs a program there: to be put before its command. */
  get wrap(): string[] {
    return ['ip', 'netns', 'exec', this.#far]
  }

  /** Of each packet in either direction this part is lost; 1 is a partition. */
  async lose(part: number): Promise<void> {
    await this.#atRouter('iptables -F FORWARD')
    await this.#atRouter('iptables -A FORWARD -m conntrack --ctstate INVALID -j DROP')
    if (part === 0) return
    const loss = `-m statistic --mode random --probability ${part}`
    await this.#atRouter(`iptables -A FORWARD ${loss} -j DROP`)
  }

  /** The router forgets all connections at once, as when it is started anew: nobody is told. */
  async evict(): Promise<void> {
    await this.#atRouter('conntrack -F')
  }

  /**
   * The router forgets each connection on which nothing has come for so many seconds, as a real one
   * does: it counts for a connection from its next packet on.
   */
  async forgetAfter(seconds: number): Promise<void> {
    await this.#atRouter(`sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_established=${seconds}`)
  }

  close(): Promise<void> {
    return this.#stack.close()
  }

  async #build(number: number): Promise<void> {
    const [far, router] = [this.#far, this.#router]
    const [up, down] = [`faults-up-${number}`, `faults-down-${number}`]
    for (const name of [router, far]) {
      await run('ip', ['netns', 'add', name])
      this.#stack.defer(() => run('ip', ['netns', 'del', name]))
    }
    await run('ip', words(`link add ${up} type veth peer name wan netns ${router}`))
    // Gone with its peer, unless a process still holds that one's namespace.
    this.#stack.defer(() => run('ip', ['link', 'del', up]).catch(() => {}))
    await run('ip', words(`address add ${this.here}/24 dev ${up}`))
    await run('ip', words(`link set ${up} up`))
    await run('ip', words(`-n ${router} address add 10.213.${number}.2/24 dev wan`))
    await run('ip', words(`-n ${router} link set wan up`))
    await run('ip', words(`-n ${router} link add ${down} type veth peer name wan netns ${far}`))
    await run('ip', words(`-n ${router} address add 10.214.${number}.1/24 dev ${down}`))
    await run('ip', words(`-n ${router} link set ${down} up`))
    await run('ip', words(`-n ${far} address add 10.214.${number}.2/24 dev wan`))
    for (const device of ['lo', 'wan']) await run('ip', words(`-n ${far} link set ${device} up`))
    await run('ip', words(`-n ${far} route add default via 10.214.${number}.1`))

    // Without `tcp_loose=0` the middle of a forgotten connection would pass for its beginning; and
    // what comes back for it is dropped, not answered with a reset.
    await this.#atRouter('sysctl -qw net.ipv4.ip_forward=1')
    await this.#atRouter('iptables -t nat -A POSTROUTING -o wan -j MASQUERADE')
    await this.#atRouter('iptables -A INPUT -i wan -j DROP')
    await this.lose(0)
    await this.#atRouter('sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0')

    const etc = `/etc/netns/${far}`
    await mkdir(etc, { recursive: true })
    this.#stack.defer(() => rm(etc, { recursive: true }))
    await writeFile(`${etc}/hosts`, `${this.here} localhost\n`)
  }

  async #atRouter(command: string): Promise<void> {
    await run('ip', ['netns', 'exec', this.#router, ...words(command)])
  }
}

/** What a machine lacks for it. */
export async function lacksNamespaces(): Promise<Lack | undefined> {
  const isRoot = process.getuid?.() === 0
  if (!isRoot) return { what: 'root (for network namespaces)', installable: false }
  try {
    await (await FarNetwork.open(250)).close()
    return undefined
  } catch (error) {
    const { code, stderr, message } = error as Error & { code?: string; stderr?: string }
    const [said] = (stderr || message).trim().split('\n')
    const what = `network namespaces, iptables and conntrack (${said})`
    return { what, installable: code === 'ENOENT' }
  }
}
