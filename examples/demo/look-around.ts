/** What one can do while the demo stays: in a browser, and in another terminal. */
import { join } from 'node:path'
import { writePrivate } from '../../lib/private-file.ts'
import type { Admin } from './admin.ts'
import { program } from './outstation.ts'
import type { Stage } from './stage.ts'

export function lookAround({ folder, terminal }: Stage, { login, password, env }: Admin): void {
  const rc = join(folder, 'rc')
  const curl = join(folder, 'curl')
  writePrivate(rc, shellFile(env))
  writePrivate(curl, curlFile(env))

  terminal.step('Look around')
  terminal.line(`Web       ${env.OUTSTATION_HOST}    (its CA: ${env.OUTSTATION_CA_FILE})`)
  terminal.line(`Login     ${login}`)
  terminal.line(`Password  ${password}`)
  terminal.part('In another terminal')
  terminal.command(`. ${rc}`)
  terminal.command('outstation task list')
  terminal.command('outstation task run --template Hello --follow')
  terminal.command('outstation task log 1')
  terminal.command(`curl -K ${curl} $OUTSTATION_HOST/api/project/1/webhooks/1/deliveries`)
  terminal.part('Ctrl-C ends everything and removes it')
}

/** Makes a shell know `outstation`, and whom it is to ask. */
function shellFile(env: Admin['env']): string {
  const exports = Object.entries(env).map(([name, value]) => `export ${name}=${quoted(value)}`)
  return [...exports, `outstation() { ${program.map(quoted).join(' ')} "$@"; }`, ''].join('\n')
}

/** A token on curl's command line would be seen by everybody on this machine. */
function curlFile({ OUTSTATION_CA_FILE, OUTSTATION_TOKEN }: Admin['env']): string {
  return [
    'silent',
    'show-error',
    `cacert = "${OUTSTATION_CA_FILE}"`,
    `header = "Authorization: Bearer ${OUTSTATION_TOKEN}"`,
    '',
  ].join('\n')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
