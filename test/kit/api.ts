/** The whole API over HTTPS on a loopback port, on a database of its own. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generate } from 'selfsigned'
import type { Credentials, RunnerCredential } from '../../broker/credentials.ts'
import { systemClock } from '../../lib/clock.ts'
import { createCounters } from '../../lib/counters.ts'
import { silentLog } from '../../lib/log.ts'
import { CleanupStack } from '../../lib/stack.ts'
import type { HttpContext } from '../../server/http/context.ts'
import { type HttpServer, startHttp } from '../../server/http/server.ts'
import { createCipher } from '../../server/store/cipher.ts'
import { openSqlite } from '../../server/store/open.ts'
import { hashPassword } from '../../server/store/passwords.ts'
import { insertToken } from '../../server/store/tokens.ts'
import { insertUser } from '../../server/store/users.ts'
import { type Client, createClient } from './http.ts'

export const registrationToken = 'the-registration-token'

export interface Api {
  context: HttpContext
  http: HttpServer
  base: string
  ca: string
  folder: string
  /** What the broker was told, in order. */
  told: ({ put: RunnerCredential } | { remove: number })[]
  /** The text of every answer to every client. */
  seen: string[]
  /** Nobody. */
  stranger: Client
  admin: Client
  /** A new user with an API token. The password is "password of LOGIN". */
  user(login: string, admin?: boolean): Promise<{ id: number; client: Client }>
  close(): Promise<void>
}

export async function startApi(overrides: Partial<HttpContext> = {}): Promise<Api> {
  const stack = new CleanupStack()
  const folder = await mkdtemp(join(tmpdir(), 'outstation-api-'))
  stack.defer(() => rm(folder, { recursive: true }))
  const store = stack.use(await openSqlite(join(folder, 'database.sqlite')))
  const told: Api['told'] = []
  const { cert, private: key } = await certificate()
  const context: HttpContext = {
    config: {
      interface: '127.0.0.1',
      port: 0,
      web_host: 'https://outstation.example',
      use_remote_runner: true,
      runner_registration_token: registrationToken,
      data_dir: folder,
      git_client: 'go_git',
      ssh: { known_hosts_file: undefined, strict_host_key_checking: false },
      max_parallel_tasks: 0,
      max_task_duration_sec: 0,
      apps: { rust: { title: 'Rust', path: '/opt/rust', priority: 5 } },
      runners: {
        offline_timeout_sec: 60,
        heartbeats_per_sec: 50,
        reconnects_per_sec: 100,
        task_fail_timeout_sec: 600,
        require_sealed: false,
      },
      mqtt: { port: 0, interface: '', public_url: undefined, prefix: 'outstation/v1' },
      broker: {
        mode: 'embedded',
        url: undefined,
        ca_file: undefined,
        username: undefined,
        password_file: undefined,
      },
      schedule: { timezone: 'UTC' },
      metrics: { enabled: false, username: undefined, password: undefined },
      webhooks: { allow_private_addresses: false, timeout_sec: 15, max_per_project: 3 },
    },
    version: '1.2.3',
    store,
    cipher: createCipher(randomBytes(32).toString('base64')),
    credentials: recording(told),
    signing: { public: 'A'.repeat(43), id: '0'.repeat(16), via: [], replace() {} },
    tls: { cert, key },
    caPem: cert,
    mqttPort: 8883,
    connections: { idle: async () => {} },
    traffic: { of: () => 0 },
    silentMs: () => 0,
    ready: () => [],
    counters: createCounters(),
    log: silentLog,
    clock: systemClock,
    ...overrides,
  }
  const http = stack.use(await startHttp(context))
  const base = `https://127.0.0.1:${http.port}`
  const seen: string[] = []
  const stranger = createClient(base, cert, seen)
  const user: Api['user'] = async (login, admin = false) => {
    const password = await hashPassword(`password of ${login}`, { N: 2 ** 10, r: 8, p: 1 })
    const created = Date.now()
    const email = `${login}@example.org`
    return await store.commit(async (tx) => {
      const id = await insertUser(tx, { login, name: login, email, password, admin, created })
      const token = await insertToken(tx, { kind: 'api', user_id: id, created, expires: null })
      return { id, client: stranger.with({ authorization: `Bearer ${token}` }) }
    })
  }
  const { client: admin } = await user('admin', true)
  return {
    context,
    http,
    base,
    ca: cert,
    folder,
    told,
    seen,
    stranger,
    admin,
    user,
    close: () => stack.close(),
  }
}

function certificate() {
  return generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  })
}

function recording(told: Api['told']): Credentials {
  return {
    sync: async () => {},
    put: async (runner) => void told.push({ put: runner }),
    remove: async (id) => void told.push({ remove: id }),
  }
}
