/** A runner, on its own machine. */
import type { Sade } from 'sade'
import { config, json, registration, serviceCommands, start, trust } from './flags.ts'

export function runnerCommands(program: Sade): void {
  start(program.command('runner', 'Run a runner; see also runner setup, register, unregister'))
    .example('runner --config runner.json')
    .action(async (flags) =>
      flags.config === undefined
        ? program.help('runner')
        : (await import('../start-runner.ts')).startARunner(flags),
    )

  start(program.command('runner start', 'Run a runner'))
    .example('runner start --config runner.json')
    .example(
      'runner start --auto-register --registration-token-file token.txt --config runner.json',
    )
    .action(async (flags) => (await import('../start-runner.ts')).startARunner(flags))

  trust(config(program.command('runner setup', 'Write the configuration of a runner')))
    .option('--web-host', 'URL  The server')
    .option('--token-file', 'FILE  Where the token is kept; one that is there already is taken')
    .option('--registration-token-file', 'FILE  Register now, with this token')
    .option('--name', 'NAME  Of the runner (the host name)')
    .option('--tmp-path', 'FOLDER  Where tasks work')
    .option('--max-parallel-tasks', 'N  At once (0: no limit)')
    .option('--yes', 'Ask nothing: flags, else the usual answers')
    .example('runner setup --config runner.json')
    .action(async (flags) => (await import('../setup-runner.ts')).setupARunner(flags))

  registration(program.command('runner register', 'Get a token for this runner from the server'))
    .example('runner register --stdin-registration-token --config runner.json < token.txt')
    .action(async (flags) => (await import('../registration.ts')).registerRunner(flags))

  json(config(program.command('runner doctor', 'Look for what keeps this runner from working')))
    .example('runner doctor --config runner.json')
    .action(async (flags) => (await import('../doctor.ts')).examineRunner(flags))

  config(
    program.command('runner rotate-keys', 'Replace the keys of this runner, which may be running'),
  )
    .example('runner rotate-keys --config runner.json')
    .action(async (flags) => (await import('../registration.ts')).rotateRunnerKeys(flags))

  config(program.command('runner clear-cache', 'Remove the clones that are kept between tasks'))
    .example('runner clear-cache --config runner.json')
    .action(async (flags) => (await import('../clear-cache.ts')).clearRunnerCache(flags))

  serviceCommands(program, 'runner')

  config(program.command('runner unregister', 'Let the server forget this runner'))
    .example('runner unregister --config runner.json')
    .action(async (flags) => (await import('../registration.ts')).unregisterRunner(flags))
}
