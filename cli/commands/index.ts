/** The whole command line. Every action imports what it needs, and only when it runs. */
import sade, { type Sade } from 'sade'
import { version } from '../../lib/version.ts'
import type { Tree } from '../arguments.ts'
import { configCommands } from './config.ts'
import { projectCommands } from './projects.ts'
import { recoveryCommands } from './recovery.ts'
import { runnerCommands } from './runner.ts'
import { serverCommands } from './server.ts'
import { taskCommands } from './tasks.ts'
import { userCommands } from './users.ts'

export const bin = 'outstation'

/** In the order of `--help`. */
const groups: readonly ((program: Sade) => void)[] = [
  serverCommands,
  userCommands,
  configCommands,
  runnerCommands,
  projectCommands,
  taskCommands,
  recoveryCommands,
  completionCommand,
  versionCommand,
]

export function createProgram(): Sade {
  const program = sade(bin).version(version)
  for (const add of groups) add(program)
  return program
}

function completionCommand(program: Sade): void {
  program
    .command('completion <shell>', 'Print the completion of bash, zsh or fish')
    .example('completion bash > /etc/bash_completion.d/outstation')
    .action(async (shell) => {
      const { printCompletion } = await import('../completion.ts')
      printCompletion(shell, bin, (program as unknown as { tree: Tree }).tree)
    })
}

function versionCommand(program: Sade): void {
  program
    .command('version', 'Print the version')
    .example('version')
    .action(() => console.log(version))
}
