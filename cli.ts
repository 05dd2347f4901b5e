#!/usr/bin/env node
/** The whole command line on one page. Every action imports what it needs, and only when it runs. */
import sade, { type Sade } from 'sade'
import { checkArguments, type Tree } from './cli/arguments.ts'
import { endWithReader, fail } from './cli/fail.ts'
import { version } from './lib/version.ts'

const bin = 'outstation'
const program = sade(bin).version(version)

const config = (to: Sade) =>
  to.option('--config', 'FILE  Configuration (--no-config: variables only)')
const json = (to: Sade) => to.option('--json', 'Print JSON')
const trust = (to: Sade) =>
  to
    .option('--ca-file', "FILE  The CA of the server's certificate, PEM")
    .option('--ca-fingerprint', 'SHA  Its fingerprint (sha256:..), as the server prints it')
const registration = (to: Sade) =>
  trust(config(to))
    .option('--stdin-registration-token', 'Read the registration token from standard input')
    .option('--registration-token-file', 'FILE  Holds the registration token')
    .option('--name', 'NAME  Of the runner (the host name)')
    .option('--tags', 'TAG,..  What templates may ask for; with commas, or given again')
    .option('--webhook', 'URL  Called before and after each task')
    .option('--enabled', 'Gets tasks at once; --enabled=false: when an admin activates it')
    .option('--project-id', 'N  Serve only this project')
const person = (to: Sade) =>
  to
    .option('--login', 'LOGIN  What the user logs in with')
    .option('--name', 'NAME  Full name')
    .option('--email', 'EMAIL  Address')
    .option('--password', 'PASSWORD  Seen by all on this machine: better --password-file')
    .option('--password-file', 'FILE  Holds the password; - is standard input')
const remote = (to: Sade) =>
  to
    .option('--host', 'URL  The server, or OUTSTATION_HOST (https://localhost:3000)')
    .option('--token', 'TOKEN  API token: better OUTSTATION_TOKEN or --token-file')
    .option('--token-file', 'FILE  Holds the API token')
    .option('--ca-file', 'FILE  The CA to trust, or OUTSTATION_CA_FILE')
const all = (to: Sade) => to.option('--all', 'Everything that it can be said of')
const attempt = (to: Sade) =>
  all(to)
    .option('--attempt', 'N  Which one, if there are several')
    .option('--runner', 'RUNNER  Whose, if several have it')
const project = (to: Sade) => to.option('--project', 'PROJECT  Name or number')

// ---- the server and who may log in ----

config(program.command('server', 'Run the server', { alias: 'service' }))
  .example('server --config /etc/outstation/server.json')
  .action(async (flags) => (await import('./cli/daemons.ts')).server(flags))

person(config(program.command('setup', 'Write the configuration of a server, add its first admin')))
  .option('--data-dir', 'FOLDER  Database, CA and keys')
  .option('--port', 'PORT  Of web interface and API')
  .option('--web-host', 'URL  How others reach it')
  .option('--yes', 'Ask nothing: flags, else the usual answers')
  .example('setup --config /etc/outstation/server.json')
  .example('setup --yes --config server.json --data-dir ./data --login admin')
  .action(async (flags) => (await import('./cli/setup.ts')).setupTheServer(flags))

person(config(program.command('user add', 'Add a user')))
  .option('--admin', 'May do everything')
  .example('user add --admin --login ann --name Ann --email ann@example.org --password-file -')
  .action(async (flags) => (await import('./cli/users.ts')).add(flags))

json(config(program.command('user list', 'List the users')))
  .example('user list --json')
  .action(async (flags) => (await import('./cli/users.ts')).list(flags))

config(program.command('user delete', 'Delete a user'))
  .option('--login', 'LOGIN  Who')
  .example('user delete --login ann')
  .action(async (flags) => (await import('./cli/users.ts')).remove(flags))

person(config(program.command('user change-by-login', 'Change name, email, password or rights')))
  .option('--admin', 'May do everything; --no-admin takes that away')
  .example('user change-by-login --login ann --password-file new-password.txt')
  .action(async (flags) => (await import('./cli/users.ts')).change(flags))

config(program.command('user token', 'Print a new API token of a user'))
  .option('--login', 'LOGIN  Whose')
  .example('user token --login ann --config server.json > token.txt')
  .action(async (flags) => (await import('./cli/users.ts')).token(flags))

config(
  program.command('vault check', 'Try whether all stored secrets open with the configured key'),
)
  .example('vault check --config server.json')
  .action(async (flags) => (await import('./cli/vault.ts')).check(flags))

config(program.command('vault rekey', 'Seal all stored secrets anew, under the configured key'))
  .option('--old-key-file', 'FILE  Holds the key that they lie under; - is standard input')
  .example('vault rekey --config server.json --old-key-file old.key')
  .action(async (flags) => (await import('./cli/vault.ts')).rekey(flags))

// ---- configuration ----

json(config(program.command('config show [role]', 'Show every setting, and who said so')))
  .example('config show --config /etc/outstation/server.json')
  .example('config show runner --json')
  .action(async (role, flags) => (await import('./cli/config/show.ts')).showConfig(role, flags))

program
  .command('config schema <role>', 'Print the JSON Schema of a configuration, for editors')
  .example('config schema server > outstation-server.schema.json')
  .action(async (role) => (await import('./cli/config/show.ts')).printSchema(role))

// ---- a runner ----

config(program.command('runner', 'Run a runner; see also runner setup, register, unregister'))
  .example('runner --config runner.json')
  .action(async (flags) =>
    flags.config === undefined
      ? program.help('runner')
      : (await import('./cli/daemons.ts')).runner(flags),
  )

registration(program.command('runner start', 'Run a runner'))
  .option('--auto-register', 'Without a token: register first, however long the server is away')
  .option('--register', 'The same')
  .example('runner start --config runner.json')
  .example('runner start --auto-register --registration-token-file token.txt --config runner.json')
  .action(async (flags) => (await import('./cli/daemons.ts')).runner(flags))

trust(config(program.command('runner setup', 'Write the configuration of a runner')))
  .option('--web-host', 'URL  The server')
  .option('--token-file', 'FILE  Where the token is kept; one that is there already is taken')
  .option('--registration-token-file', 'FILE  Register now, with this token')
  .option('--name', 'NAME  Of the runner (the host name)')
  .option('--tmp-path', 'FOLDER  Where tasks work')
  .option('--max-parallel-tasks', 'N  At once (0: no limit)')
  .option('--yes', 'Ask nothing: flags, else the usual answers')
  .example('runner setup --config runner.json')
  .action(async (flags) => (await import('./cli/setup.ts')).setupARunner(flags))

registration(program.command('runner register', 'Get a token for this runner from the server'))
  .example('runner register --stdin-registration-token --config runner.json < token.txt')
  .action(async (flags) => (await import('./cli/registration.ts')).registerRunner(flags))

json(config(program.command('runner doctor', 'Look for what keeps this runner from working')))
  .example('runner doctor --config runner.json')
  .action(async (flags) => (await import('./cli/doctor.ts')).examineRunner(flags))

config(
  program.command('runner rotate-keys', 'Replace the keys of this runner, which may be running'),
)
  .example('runner rotate-keys --config runner.json')
  .action(async (flags) => (await import('./cli/registration.ts')).rotateRunnerKeys(flags))

config(program.command('runner clear-cache', 'Remove the clones that are kept between tasks'))
  .example('runner clear-cache --config runner.json')
  .action(async (flags) => (await import('./cli/clear-cache.ts')).clearRunnerCache(flags))

config(program.command('runner unregister', 'Let the server forget this runner'))
  .example('runner unregister --config runner.json')
  .action(async (flags) => (await import('./cli/registration.ts')).unregisterRunner(flags))

// ---- tasks, over the HTTP API ----

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
  .action(async (flags) => (await import('./cli/task/run.ts')).runTask(flags))

json(project(remote(program.command('task list', 'List the newest tasks'))))
  .option('--limit', 'N  How many (20)')
  .example('task list --project home --json')
  .action(async (flags) => (await import('./cli/task/list.ts')).listTasks(flags))

json(remote(program.command('task log <task>', 'Show the log of a task')))
  .option('--follow', 'Until the task ends; exit code 0 if it succeeds, else 1')
  .example('task log 7 --follow')
  .action(async (task, flags) => (await import('./cli/task/log.ts')).showLog(task, flags))

json(
  remote(program.command('task artifacts <task>', 'List or save the files that it brought back')),
)
  .option('--download', 'FOLDER  Save them below it')
  .option('--force', 'Replace what is there')
  .example('task artifacts 7 --download out')
  .action(async (task, flags) =>
    (await import('./cli/task/artifacts.ts')).showArtifacts(task, flags),
  )

json(remote(program.command('task explain <task>', 'Say why a task waits, or what is odd with it')))
  .example('task explain 7')
  .action(async (task, flags) => (await import('./cli/task/explain.ts')).explainTask(task, flags))

remote(program.command('task stop <task>', 'Stop a task'))
  .option('--force', 'Kill it at once')
  .example('task stop 7')
  .action(async (task, flags) => (await import('./cli/task/stop.ts')).stopTask(task, flags))

for (const [answer, what] of [
  ['confirm', 'Let a task go on that waits for it'],
  ['reject', 'End a task that waits to be confirmed'],
] as const) {
  remote(program.command(`task ${answer} <task>`, what))
    .example(`task ${answer} 7`)
    .action(async (task, flags) =>
      (await import('./cli/task/answer.ts')).answerTask(task, answer, flags),
    )
}

// ---- after the database was put back from a backup ----

json(remote(program.command('recovery show', 'What waits for you since a restore')))
  .example('recovery show')
  .action(async (flags) => (await import('./cli/recovery/show.ts')).showRecovery(flags))

attempt(
  remote(program.command('recovery adopt [task]', "Take a runner's attempt as the task's own")),
)
  .example('recovery adopt 41')
  .example('recovery adopt --all')
  .action(async (task, flags) => (await import('./cli/recovery/settle.ts')).adopt(task, flags))

attempt(
  remote(program.command('recovery forget [task]', 'Let a runner drop an attempt and its log')),
)
  .example('recovery forget 41 --attempt 2 --runner 7')
  .action(async (task, flags) => (await import('./cli/recovery/settle.ts')).forget(task, flags))

all(remote(program.command('recovery release [task]', 'Let a held task run')))
  .example('recovery release --all')
  .action(async (task, flags) => (await import('./cli/recovery/settle.ts')).release(task, flags))

all(remote(program.command('recovery cancel [task]', 'End a held task as stopped')))
  .example('recovery cancel 41')
  .action(async (task, flags) => (await import('./cli/recovery/settle.ts')).cancel(task, flags))

program.command('version', 'Print the version').action(() => console.log(version))

endWithReader()
await main(process.argv.slice(2)).catch(fail)

async function main(given: readonly string[]): Promise<void> {
  if (given.length === 0) return program.help()
  const { tree } = program as unknown as { tree: Tree }
  const { args, ...kinds } = checkArguments(bin, tree, given)
  const found = program.parse(['', '', ...args], { lazy: true, ...kinds })
  // Nothing, if sade has printed help or version.
  await found?.handler(...found.args)
}
