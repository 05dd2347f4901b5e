/**
 * `npm run demo`: Outstation on one machine, from nothing to a signed webhook. A server and a runner,
 * each a process of its own, made and used by the same commands that you would type.
 * `npm run demo -- --once` ends by itself: 0, or 1 and the reason.
 */
import { addAdmin } from './admin.ts'
import { flags } from './flags.ts'
import { lookAround } from './look-around.ts'
import { makeProject } from './project.ts'
import { joinRunner } from './runner.ts'
import { startServer } from './server.ts'
import { onStage } from './stage.ts'
import { runPlaybook, runScript } from './tasks.ts'

const { once } = flags(process.argv.slice(2))

process.exitCode = await onStage({ stay: !once }, async (stage) => {
  const server = await startServer(stage)
  const admin = await addAdmin(stage, server)
  await joinRunner(stage, server)
  const project = await makeProject(stage, admin)
  await runScript(stage, project)
  await runPlaybook(stage, project)
  if (!once) lookAround(stage, admin)
})
