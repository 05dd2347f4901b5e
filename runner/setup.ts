/** `runner setup`: a few questions become a commented configuration and, if wanted, a registration. */
import type { Ask } from '../lib/ask.ts'
import type { Env } from '../lib/config/read.ts'
import { writeNew } from '../lib/config/write-new.ts'
import { loadRunnerConfig } from './config.ts'
import { register } from './register.ts'
import { configText } from './setup/config-text.ts'
import { askAll, type RunnerSetupFlags } from './setup/questions.ts'
import { saveToken } from './token.ts'
import { trustServer } from './trust.ts'

export type { RunnerSetupFlags }

export async function setupRunner(flags: RunnerSetupFlags, ask: Ask, env: Env): Promise<void> {
  const answers = await askAll(flags, ask, env)
  const { configFile, token, registrationToken, caFile, caFingerprint } = answers
  const kept = writeNew(configFile, configText(answers))
  if (kept !== undefined) ask.say(`Former configuration kept in ${kept}`)
  ask.say(`Configuration written to ${configFile}`)

  const config = loadRunnerConfig({ configFile, env })
  await trustServer(config, { caFile, caFingerprint })
  if (token !== undefined) saveToken(config, token)
  if (registrationToken !== undefined) {
    const { id } = await register(loadRunnerConfig({ configFile, env }), { registrationToken })
    ask.say(`Registered as runner ${id}`)
  }
  sayNext(ask, configFile, answers.hasToken || registrationToken !== undefined)
}

function sayNext(ask: Ask, file: string, registered: boolean): void {
  const flags = `--config ${file}`
  if (!registered) {
    ask.say('Next, register the runner with the token of the server (runner_registration_token):')
    ask.say(`  echo TOKEN | outstation runner register --stdin-registration-token ${flags}`)
  }
  ask.say('Start the runner:')
  ask.say(`  outstation runner ${flags}`)
}
