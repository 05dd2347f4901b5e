/** Flags that several commands have. */
import type { Sade } from 'sade'

export const config = (to: Sade) =>
  to.option('--config', 'FILE  Configuration (--no-config: variables only)')
export const json = (to: Sade) => to.option('--json', 'Print JSON')
export const trust = (to: Sade) =>
  to
    .option('--ca-file', "FILE  The CA of the server's certificate, PEM")
    .option('--ca-fingerprint', 'SHA  Its fingerprint (sha256:..), as the server prints it')
export const registration = (to: Sade) =>
  trust(config(to))
    .option('--stdin-registration-token', 'Read the registration token from standard input')
    .option('--registration-token-file', 'FILE  Holds the registration token')
    .option('--name', 'NAME  Of the runner (the host name)')
    .option('--tags', 'TAG,..  What templates may ask for; with commas, or given again')
    .option('--webhook', 'URL  Called before and after each task')
    .option('--enabled', 'Gets tasks at once; --enabled=false: when an admin activates it')
    .option('--project-id', 'N  Serve only this project')
export const start = (to: Sade) =>
  registration(to)
    .option('--auto-register', 'Without a token: register first, however long the server is away')
    .option('--register', 'The same')
export const person = (to: Sade) =>
  to
    .option('--login', 'LOGIN  What the user logs in with')
    .option('--name', 'NAME  Full name')
    .option('--email', 'EMAIL  Address')
    .option('--password', 'PASSWORD  Seen by all on this machine: better --password-file')
    .option('--password-file', 'FILE  Holds the password; - is standard input')
export const who = (to: Sade) =>
  to.option('--login', 'LOGIN  Who').option('--email', 'EMAIL  The same, by address')
export const remote = (to: Sade) =>
  to
    .option('--host', 'URL  The server, or OUTSTATION_HOST (https://localhost:3000)')
    .option('--token', 'TOKEN  API token: better OUTSTATION_TOKEN or --token-file')
    .option('--token-file', 'FILE  Holds the API token')
    .option('--ca-file', 'FILE  The CA to trust, or OUTSTATION_CA_FILE')
export const all = (to: Sade) => to.option('--all', 'Everything that it can be said of')
export const attempt = (to: Sade) =>
  all(to)
    .option('--attempt', 'N  Which one, if there are several')
    .option('--runner', 'RUNNER  Whose, if several have it')
export const project = (to: Sade) => to.option('--project', 'PROJECT  Name or number')

/** A unit of systemd for the server or for a runner. */
export function serviceCommands(program: Sade, role: 'server' | 'runner'): void {
  config(program.command(`${role} install`, `Let systemd run the ${role} from now on`))
    .option('--user', 'USER  Who runs it (who runs this command)')
    .option('--print', 'Only print the unit')
    .example(`${role} install --config /etc/outstation/${role}.json --user outstation`)
    .action(async (flags) => (await import('../service/install.ts')).installService(role, flags))

  program
    .command(`${role} uninstall`, 'Stop that and remove the unit; everything else stays')
    .example(`${role} uninstall`)
    .action(async () => (await import('../service/install.ts')).uninstallService(role))
}
