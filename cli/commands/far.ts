/** The commands that need nothing of the server but its address. */
import type { Sade } from 'sade'
import { version } from '../../lib/version.ts'
import type { Tree } from '../arguments.ts'
import { configCommands } from './config.ts'
import { bin, type Group } from './program.ts'
import { projectCommands } from './projects.ts'
import { recoveryCommands } from './recovery.ts'
import { runnerCommands } from './runner.ts'
import { taskCommands } from './tasks.ts'

/** In the order of `--help`. */
export const farCommands: readonly Group[] = [
  configCommands,
  runnerCommands,
  projectCommands,
  taskCommands,
  recoveryCommands,
  completionCommand,
  versionCommand,
]

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
