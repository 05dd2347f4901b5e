/** The server's file, setting by setting; docs/configuration.md says what each means. */
import Type from 'typebox'
import { mostFiles } from '../../broker/artifacts.ts'
import { runnerRules, sharedKeys, urlText } from '../../lib/config/shared-keys.ts'

const Text = Type.String()
const Count = Type.Integer({ minimum: 0 })
const Port = Type.Union(
  [Type.Integer({ minimum: 0, maximum: 65_535 }), Type.String({ pattern: '^(:?\\d{1,5})?$' })],
  {
    description: 'a port such as 3000 or ":3000"',
  },
)
const optional = Type.Optional

export const ServerFile = Type.Object({
  port: optional(Port),
  interface: optional(Text),
  data_dir: optional(Text),
  dialect: optional(Type.Literal('sqlite')),
  sqlite: optional(Type.Object({ host: optional(Text) })),
  tls: optional(
    Type.Object({
      enabled: optional(Type.Boolean()),
      cert_file: optional(Text),
      key_file: optional(Text),
      http_redirect_port: optional(Port),
    }),
  ),
  access_key_encryption: optional(
    Type.String({
      pattern: '^([A-Za-z0-9+/]{43}=)?$',
      description: 'base64 of 32 bytes, as `openssl rand -base64 32` prints it',
    }),
  ),
  use_remote_runner: optional(Type.Boolean()),
  runner_registration_token: optional(Text),
  max_parallel_tasks: optional(Count),
  runners: optional(
    Type.Object({
      offline_timeout_sec: optional(Type.Integer({ minimum: 5 })),
      heartbeats_per_sec: optional(Type.Integer({ minimum: 1 })),
      reconnects_per_sec: optional(Type.Integer({ minimum: 1 })),
      task_fail_timeout_sec: optional(Count),
      require_sealed: optional(Type.Boolean()),
      registration_token: optional(Text),
      default_global_runners_mode: optional(
        Type.Union([Type.Literal('disable'), Type.Literal('prefer'), Type.Literal('require')]),
      ),
    }),
  ),
  max_task_duration_sec: optional(Count),
  max_tasks_per_template: optional(Count),
  artifacts: optional(
    Type.Object({
      max_file_mb: optional(Count),
      max_total_mb: optional(Count),
      max_files: optional(Type.Integer({ minimum: 0, maximum: mostFiles })),
    }),
  ),
  mqtt: optional(
    Type.Object({
      port: optional(Port),
      interface: optional(Text),
      public_url: optional(urlText('mqtt', 'mqtts', 'ws', 'wss')),
      prefix: optional(
        Type.String({
          pattern: '^[^+#$/\\s]+(/[^+#/\\s]+)*$',
          description: 'an MQTT topic without wildcards and outer slashes, such as "outstation/v1"',
        }),
      ),
    }),
  ),
  broker: optional(
    Type.Object({
      mode: optional(Type.Union([Type.Literal('embedded'), Type.Literal('external')])),
      url: optional(urlText('mqtt', 'mqtts')),
      ca_file: optional(Text),
      username: optional(Text),
      password_file: optional(Text),
    }),
  ),
  schedule: optional(Type.Object({ timezone: optional(Text) })),
  metrics: optional(
    Type.Object({
      enabled: optional(Type.Boolean()),
      username: optional(Text),
      password: optional(Text),
    }),
  ),
  webhooks: optional(
    Type.Object({
      allow_private_addresses: optional(Type.Boolean()),
      timeout_sec: optional(Type.Integer({ minimum: 1, maximum: 300 })),
      max_per_project: optional(Count),
    }),
  ),
  built_in_runner: optional(Type.Object(runnerRules)),
  ...sharedKeys,
})
export type ServerFile = Type.Static<typeof ServerFile>
