import type { ServerAnswers } from './questions.ts'

/** The server's configuration as `outstation setup` writes it: to be read and edited by people. */
export function configText(answers: ServerAnswers): string {
  const { port, webHost, dataDir, registrationToken } = answers
  const setting = (key: string, value: unknown) => `"${key}": ${JSON.stringify(value)}`
  return `{
  // An Outstation server. docs/configuration.md tells of every setting; variables such as
  // OUTSTATION_PORT beat this file.

  // Web interface and API; also MQTT over WebSocket at /mqtt.
  ${setting('port', port)},
  // How people and runners reach it.
  ${setting('web_host', webHost)},

  // Database, CA and keys. Back it up, and keep it private.
  ${setting('data_dir', dataDir)},

  // Without these two, the server makes a certificate by its own CA (ca.pem in data_dir).
  // "tls": { "cert_file": "/path/to/chain.pem", "key_file": "/path/to/key.pem" },

  // The MQTT broker for runners.
  "mqtt": { "port": 8883 },

  // false: the server also runs tasks itself, by a runner of its own.
  "use_remote_runner": true,
  // With this token a new runner may register itself.
  ${setting('runner_registration_token', registrationToken)}
}
`
}
