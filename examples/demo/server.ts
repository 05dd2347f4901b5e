/** A server: its configuration has ten lines; certificates, keys and database it makes itself. */
import { join } from 'node:path'
import { secretToken } from '../../lib/ids.ts'
import { writePrivate } from '../../lib/private-file.ts'
import { freePorts } from './free-ports.ts'
import type { Stage } from './stage.ts'

export interface Server {
  url: string
  caFile: string
  /** Of its CA, as it prints it at its start. */
  fingerprint: string
  registrationToken: string
}

export async function startServer({ folder, terminal, outstation }: Stage): Promise<Server> {
  terminal.step('A server')
  const [port, mqttPort] = await freePorts(2)
  const url = `https://localhost:${port}`
  const registrationToken = secretToken('')
  const config = {
    web_host: url,
    port,
    interface: '127.0.0.1',
    mqtt: { port: mqttPort, interface: '127.0.0.1' },
    data_dir: 'server',
    tmp_path: 'server/tmp',
    runner_registration_token: registrationToken,
    webhooks: { allow_private_addresses: true },
    log: { format: 'json' },
  }
  writePrivate(join(folder, 'server.json'), JSON.stringify(config, null, 2))

  terminal.command('outstation server --config server.json')
  const said = await outstation.start(['server', '--config', 'server.json'], 'serving')
  const fingerprint = String(said.ca_fingerprint)
  terminal.line(`${url} for people and programs, mqtts://localhost:${mqttPort} for runners`)
  terminal.line(`Its CA: ${fingerprint}`)
  return { url, caFile: join(folder, 'server/ca.pem'), fingerprint, registrationToken }
}
