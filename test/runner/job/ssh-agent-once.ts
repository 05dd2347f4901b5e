/** Loads the key that comes on stdin into an agent of its own, lists it, and ends the agent. */
import { execFileSync } from 'node:child_process'
import { json } from 'node:stream/consumers'
import { systemClock } from '../../../lib/clock.ts'
import { startSshAgent } from '../../../lib/ssh-agent.ts'
import { SecretFolder } from '../../../runner/job/secret-folder.ts'

const key = (await json(process.stdin)) as Parameters<typeof startSshAgent>[0]
const secrets = SecretFolder.open(process.argv[2] as string)
const { signal } = new AbortController()
const agent = await startSshAgent(key, { place: secrets, marker: {}, clock: systemClock, signal })
const env = { ...process.env, SSH_AUTH_SOCK: agent.socket }
process.stdout.write(execFileSync('ssh-add', ['-l'], { env }))
await agent.close()
await secrets.close()
