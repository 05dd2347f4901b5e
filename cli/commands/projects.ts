/** Whole projects, over the HTTP API. */
import type { Sade } from 'sade'
import { remote } from './flags.ts'

export function projectCommands(program: Sade): void {
  remote(program.command('project export', 'Write all of a project but its secrets'))
    .option('--project', 'PROJECT  Name or number')
    .option('--project-name', 'PROJECT  The same')
    .option('--file', 'FILE  A new one (standard output)')
    .example('project export --project home --file home.json')
    .action(async (flags) => (await import('../project.ts')).exportProject(flags))

  remote(
    program.command('project import', 'Make a project of such a file, or of a backup of Semaphore'),
  )
    .option('--file', 'FILE  The backup; - is standard input')
    .option('--project', 'NAME  Another name for it')
    .option('--project-name', 'NAME  The same')
    .example('project import --file home.json')
    .action(async (flags) => (await import('../project.ts')).importProject(flags))
}
