/** What waits for a decision after the database was put back from a backup. */
import type { Sade } from 'sade'
import { all, attempt, json, remote } from './flags.ts'

export function recoveryCommands(program: Sade): void {
  json(remote(program.command('recovery show', 'What waits for you since a restore')))
    .example('recovery show')
    .action(async (flags) => (await import('../recovery/show.ts')).showRecovery(flags))

  attempt(
    remote(program.command('recovery adopt [task]', "Take a runner's attempt as the task's own")),
  )
    .example('recovery adopt 41')
    .example('recovery adopt --all')
    .action(async (task, flags) => (await import('../recovery/settle.ts')).adopt(task, flags))

  attempt(
    remote(program.command('recovery forget [task]', 'Let a runner drop an attempt and its log')),
  )
    .example('recovery forget 41 --attempt 2 --runner 7')
    .action(async (task, flags) => (await import('../recovery/settle.ts')).forget(task, flags))

  all(remote(program.command('recovery release [task]', 'Let a held task run')))
    .example('recovery release --all')
    .action(async (task, flags) => (await import('../recovery/settle.ts')).release(task, flags))

  all(remote(program.command('recovery cancel [task]', 'End a held task as stopped')))
    .example('recovery cancel 41')
    .action(async (task, flags) => (await import('../recovery/settle.ts')).cancel(task, flags))
}
