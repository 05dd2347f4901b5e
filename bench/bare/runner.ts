/** The runner's half of the bare exchange, a process of its own; its first message says: ready. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fdatasyncSync, openSync, writeSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { connectAsync } from 'mqtt'

export interface RunnerSetup {
  url: string
  ca: string
  token: string
  /** Topics. */
  hear: string
  say: string
  journal: string
  script: string
}

const [setup] = (await once(process, 'message')) as [RunnerSetup]
const { url, ca, token, hear, say, script } = setup
const journal = openSync(setup.journal, 'a')
const record = 'x'.repeat(60)
const client = await connectAsync(url, { ca, clientId: '1', username: '1', password: token })

client.on('message', (_topic, payload) => {
  const isOffer = payload.toString('latin1', 0, 5) === 'offer'
  writeSync(journal, record)
  fdatasyncSync(journal)
  if (!isOffer) run()
  client.publish(say, `${isOffer ? 'claim' : 'started'} ${record}`, { qos: 1 })
})
await client.subscribeAsync(hear, { qos: 1 })
process.once('disconnect', () => process.exit())
process.send?.('ready')

function run(): void {
  const child = spawn('bash', [script], { stdio: ['ignore', 'pipe', 'inherit'] })
  text(child.stdout).then((printed) => process.send?.(printed))
}
