/** `setup`: a few questions become the server's commented configuration and its first admin. */
import type { Ask } from '../lib/ask.ts'
import type { Env } from '../lib/config/read.ts'
import { writeNew } from '../lib/config/write-new.ts'
import { loadServerConfig } from './config.ts'
import { configText } from './setup/config-text.ts'
import { askAll, type ServerSetupFlags } from './setup/questions.ts'
import { addUser } from './users.ts'

export type { ServerSetupFlags }

export async function setupServer(flags: ServerSetupFlags, ask: Ask, env: Env): Promise<void> {
  const answers = await askAll(flags, ask, env)
  const { configFile, admin, passwordMade } = answers
  const kept = writeNew(configFile, configText(answers))
  if (kept !== undefined) ask.say(`Former configuration kept in ${kept}`)
  ask.say(`Configuration written to ${configFile}`)
  await addUser(loadServerConfig({ configFile, env }), { ...admin, admin: true })
  ask.say(`Admin ${admin.login} created`)
  if (passwordMade) ask.say(`Password (shown only now): ${admin.password}`)
  ask.say('Start the server:')
  ask.say(`  outstation server --config ${configFile}`)
}
