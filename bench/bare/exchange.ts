/**
 * The least that a dispatch by this design can cost: offer, claim, grant, started over the embedded
 * broker and TLS, one commit before each word of the server and one fsync before each of the runner,
 * and the spawn. No HTTP, no queue, no checks, no log: bare clients, in two processes as in life.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connectAsync, type MqttClient } from 'mqtt'
import { type EmbeddedBroker, startEmbeddedBroker } from '../../broker/embedded/start.ts'
import { createTopics } from '../../broker/topics.ts'
import { silentLog } from '../../lib/log.ts'
import { CleanupStack } from '../../lib/stack.ts'
import { createAuthority, runner } from '../../test/kit/broker.ts'
import { type Commits, openCommits } from './commits.ts'
import type { RunnerSetup } from './runner.ts'

export interface BareExchange {
  /** Resolves with what the script printed. */
  exchange(): Promise<string>
  close(): Promise<void>
}

export interface BareOptions {
  /** Of the database and the journal: the disk that Outstation uses, too. */
  folder: string
  /** The text of a bash script. */
  script: string
}

/** As long as the messages of Outstation for this script. */
const small = 'x'.repeat(80)
const job = 'x'.repeat(900)

export async function openBareExchange(options: BareOptions): Promise<BareExchange> {
  const stack = new CleanupStack()
  try {
    return await open(options, stack)
  } catch (error) {
    await stack.close()
    throw error
  }
}

async function open({ folder, script }: BareOptions, stack: CleanupStack): Promise<BareExchange> {
  const topics = createTopics()
  const authority = await createAuthority()
  const tls = await authority.issue()
  const broker = stack.use(
    await startEmbeddedBroker({ topics, tls, host: '127.0.0.1', port: 0, log: silentLog }),
  )
  const who = runner(1)
  await broker.credentials.put(who)
  const toRunner = topics.of({ channel: 'tasks', runner: 1 })
  const toServer = topics.of({ channel: 'state', runner: 1, task: 1, attempt: 1 })

  const file = join(folder, 'bare.sh')
  await writeFile(file, script)
  const commits = stack.use(await openCommits(join(folder, 'bare.sqlite')))
  const server = await openServer(broker.server, topics.serverFilters)
  stack.defer(() => server.endAsync())
  const child = await startRunner({
    url: `mqtts://127.0.0.1:${broker.port}`,
    ca: authority.ca,
    token: who.token,
    hear: toRunner,
    say: toServer,
    journal: join(folder, 'bare.journal'),
    script: file,
  })
  stack.defer(() => child.kill())

  return {
    exchange: () => exchange({ server, child, commits, toRunner }),
    close: () => stack.close(),
  }
}

interface Parts {
  server: MqttClient
  child: ChildProcess
  commits: Commits
  toRunner: string
}

async function exchange({ server, child, commits, toRunner }: Parts): Promise<string> {
  const printed = once(child, 'message')
  // A task and its offer share a commit.
  await commits.add('starting')
  const claimed = heard(server)
  server.publish(toRunner, `offer ${small}`, { qos: 1 })
  await claimed
  await commits.add('claimed')
  const started = heard(server)
  server.publish(toRunner, `grant ${job}`, { qos: 1 })
  await started
  await commits.add('running')
  return String((await printed)[0])
}

async function openServer(
  { urls, username, password }: EmbeddedBroker['server'],
  filters: readonly string[],
): Promise<MqttClient> {
  const path = String(urls[0]).replace('unix:', '')
  const where = { protocol: 'mqtt', unixSocket: true, path } as const
  const server = await connectAsync({ ...where, clientId: username, username, password })
  await server.subscribeAsync([...filters], { qos: 1 })
  return server
}

function heard(client: MqttClient): Promise<void> {
  return new Promise((resolve) => client.once('message', () => resolve()))
}

async function startRunner(setup: RunnerSetup): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, 'runner.js'), { execArgv: [] })
  child.send(setup)
  await once(child, 'message')
  return child
}
