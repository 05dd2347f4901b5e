/** A runner: it trusts the server by the fingerprint of its CA, and opens one connection outwards. */
import { join } from 'node:path'
import { writePrivate } from '../../lib/private-file.ts'
import type { Server } from './server.ts'
import type { Stage } from './stage.ts'

export async function joinRunner(stage: Stage, server: Server): Promise<void> {
  const { folder, terminal, outstation } = stage
  terminal.step('A runner')
  const config = {
    web_host: server.url,
    tmp_path: 'runner/tmp',
    runner: { name: 'demo', token_file: 'runner/token' },
    log: { format: 'json' },
  }
  writePrivate(join(folder, 'runner.json'), JSON.stringify(config, null, 2))

  const register = ['runner', 'register', '--stdin-registration-token']
  const trust = ['--ca-fingerprint', server.fingerprint, '--config', 'runner.json']
  terminal.command(`outstation ${register.join(' ')} \\`)
  terminal.line(
    `    --ca-fingerprint ${server.fingerprint.slice(0, 19)}.. --config runner.json < token`,
  )
  const input = server.registrationToken
  terminal.line(await outstation.run([...register, ...trust], { input }))

  terminal.command('outstation runner --config runner.json')
  await outstation.start(['runner', '--config', 'runner.json'], 'connected')
  terminal.line('Connected by MQTT over TLS; it listens nowhere')
}
