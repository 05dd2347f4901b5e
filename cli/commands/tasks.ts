/** Tasks, over the HTTP API. */
import type { Sade } from 'sade'
import { json, project, remote } from './flags.ts'

export function taskCommands(program: Sade): void {
  json(project(remote(program.command('task run', 'Start a task'))))
    .option('--template', 'TEMPLATE  Name or number')
    .option('--message', 'TEXT  Why')
    .option('--limit', 'HOSTS  Only these, with commas between them')
    .option('--branch', 'BRANCH  Of the repository')
    .option('--environment', 'JSON  Extra variables')
    .option('--arguments', 'JSON  Extra arguments, a list')
    .option('--dry-run', 'Ansible --check')
    .option('--diff', 'Ansible --diff')
    .option('--wait', 'Wait for the end; exit code 0 if it succeeds, else 1')
    .option('--follow', 'The same, and show the log meanwhile')
    .example('task run --project home --template deploy --follow')
    .action(async (flags) => (await import('../task/run.ts')).runTask(flags))

  json(project(remote(program.command('task list', 'List the newest tasks'))))
    .option('--limit', 'N  How many (20)')
    .example('task list --project home --json')
    .action(async (flags) => (await import('../task/list.ts')).listTasks(flags))

  json(
    remote(program.command('task show <task>', 'Show a task: what it runs, for whom, how it went')),
  )
    .example('task show 7')
    .action(async (task, flags) => (await import('../task/show.ts')).showTask(task, flags))

  json(remote(program.command('task log <task>', 'Show the log of a task')))
    .option('--follow', 'Until the task ends; exit code 0 if it succeeds, else 1')
    .example('task log 7 --follow')
    .action(async (task, flags) => (await import('../task/log.ts')).showLog(task, flags))

  json(
    remote(program.command('task artifacts <task>', 'List or save the files that it brought back')),
  )
    .option('--download', 'FOLDER  Save them below it')
    .option('--force', 'Replace what is there')
    .example('task artifacts 7 --download out')
    .action(async (task, flags) =>
      (await import('../task/artifacts.ts')).showArtifacts(task, flags),
    )

  json(
    remote(program.command('task explain <task>', 'Say why a task waits, or what is odd with it')),
  )
    .example('task explain 7')
    .action(async (task, flags) => (await import('../task/explain.ts')).explainTask(task, flags))

  remote(program.command('task stop <task>', 'Stop a task'))
    .option('--force', 'Kill it at once')
    .example('task stop 7')
    .action(async (task, flags) => (await import('../task/stop.ts')).stopTask(task, flags))

  for (const [answer, what] of [
    ['confirm', 'Let a task go on that waits for it'],
    ['reject', 'End a task that waits to be confirmed'],
  ] as const) {
    remote(program.command(`task ${answer} <task>`, what))
      .example(`task ${answer} 7`)
      .action(async (task, flags) =>
        (await import('../task/answer.ts')).answerTask(task, answer, flags),
      )
  }
}
