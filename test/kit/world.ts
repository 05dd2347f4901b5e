/** A server and its runners as real processes, with a project in which scripts run. */
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../lib/clock.ts'
import { CleanupStack } from '../../lib/stack.ts'
import { openSqlite } from '../../server/store/open.ts'
import { hashPassword } from '../../server/store/passwords.ts'
import { insertToken } from '../../server/store/tokens.ts'
import { insertUser } from '../../server/store/users.ts'
import { viewEvents } from './events.ts'
import { makeRepository } from './git.ts'
import { type Body, type Client, createClient } from './http.ts'
import { Program } from './program.ts'

export const registrationToken = 'a-registration-token-for-tests'

export interface WorldOptions {
  runners?: number
  /** More of the server's configuration. */
  server?: Record<string, unknown>
  /** More of each runner's configuration, beside and below `runner`. */
  runner?: Record<string, unknown>
  settings?: Record<string, unknown>
  /** Files of the repository in which templates find their scripts. */
  files: Record<string, string>
}

export interface World {
  folder: string
  url: string
  server: Program
  runners: Program[]
  /** Starts the server again on the same ports. */
  startServer(): Promise<void>
  startRunner(index: number): Promise<void>
  /** As the administrator. */
  api: Client
  project: { id: number; path: string; repository: number; key: number }
  template(columns: Record<string, unknown>): Promise<number>
  run(template: number, columns?: Record<string, unknown>): Promise<number>
  task(id: number): Promise<Body>
  /** Resolves with the task once `matches` is true of it; follows the live stream, never the clock. */
  until(id: number, matches: (task: Body) => boolean): Promise<Body>
  finished(id: number): Promise<Body>
  log(id: number): Promise<string>
  close(): Promise<void>
}

export async function openWorld(options: WorldOptions): Promise<World> {
  const stack = new CleanupStack()
  const folder = await mkdtemp(join(tmpdir(), 'outstation-world-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  try {
    return await build(options, folder, stack)
  } catch (error) {
    await stack.close().catch(() => {})
    throw error
  }
}

async function build(options: WorldOptions, folder: string, stack: CleanupStack): Promise<World> {
  const [port, mqttPort] = await freePorts(2)
  const url = `https://localhost:${port}`
  const dataDir = join(folder, 'data')
  const serverFile = join(folder, 'server.json')
  await writeFile(
    serverFile,
    JSON.stringify({
      port,
      interface: '127.0.0.1',
      web_host: url,
      data_dir: dataDir,
      use_remote_runner: true,
      runner_registration_token: registrationToken,
      mqtt: { port: mqttPort, interface: '127.0.0.1' },
      log: { format: 'json' },
      ...options.server,
    }),
    { mode: 0o600 },
  )
  const server = new Program(['server', '--config', serverFile])
  const startServer = async () => void (await server.start('serving'))
  await startServer()
  stack.defer(() => server.end('SIGTERM'))
  const token = await makeAdmin(join(dataDir, 'database.sqlite'))
  const ca = await readFile(join(dataDir, 'ca.pem'), 'utf8')
  const api = createClient(url, ca).with({ authorization: `Bearer ${token}` })

  const runners: Program[] = []
  const startRunner = async (index: number) => void (await runners[index]?.start('connected'))
  for (let index = 0; index < (options.runners ?? 1); index += 1) {
    const config = await registerRunner(join(folder, `runner-${index}`), api, url, dataDir, options)
    runners.push(new Program(['runner', 'start', '--config', config]))
    stack.defer(() => runners[index]?.end('SIGKILL'))
  }
  await Promise.all(runners.map((_, index) => startRunner(index)))

  const create = creator(api)
  const repository = await makeRepository(options.files)
  stack.defer(() => repository.close())
  const made = await makeProject(create, repository.path)
  const task = async (id: number) => (await api.get(`${made.path}/tasks/${id}`)).json()
  const until = (id: number, matches: (task: Body) => boolean) =>
    follow(id, { url: `${url}${made.path}/tasks/${id}/stream`, ca, token, task, matches })
  return {
    folder,
    url,
    server,
    runners,
    startServer,
    startRunner,
    api,
    project: made,
    template: async (columns) =>
      (await create(`${made.path}/templates`, { repository_id: made.repository, ...columns })).id,
    run: async (template, columns = {}) =>
      (await create(`${made.path}/tasks`, { template_id: template, ...columns })).id,
    task,
    until,
    finished: (id) => until(id, ({ status }) => ['success', 'error', 'stopped'].includes(status)),
    log: async (id) => (await api.get(`${made.path}/tasks/${id}/raw_output`)).text,
    close: () => stack.close(),
  }
}

async function makeAdmin(database: string): Promise<string> {
  const store = await openSqlite(database)
  try {
    const password = await hashPassword('admin', { N: 2 ** 10, r: 8, p: 1 })
    const created = Date.now()
    return await store.commit(async (tx) => {
      const user = { login: 'admin', name: 'Admin', email: 'admin@example.org', password }
      const id = await insertUser(tx, { ...user, admin: true, created })
      return insertToken(tx, { kind: 'api', user_id: id, created, expires: null })
    })
  } finally {
    await store.close()
  }
}

async function registerRunner(
  folder: string,
  api: Client,
  url: string,
  dataDir: string,
  { runner, settings }: WorldOptions,
): Promise<string> {
  const body = { registration_token: registrationToken, name: folder }
  const { token } = (await api.post('/api/internal/runners', body)).json()
  const file = join(folder, 'runner.json')
  await mkdir(folder, { mode: 0o700 })
  await writeFile(join(folder, 'token'), token, { mode: 0o600 })
  const config = {
    tmp_path: join(folder, 'tmp'),
    web_host: url,
    log: { format: 'json' },
    ...settings,
    runner: {
      token_file: join(folder, 'token'),
      ca_file: join(dataDir, 'ca.pem'),
      ...runner,
    },
  }
  await writeFile(file, JSON.stringify(config), { mode: 0o600 })
  return file
}

type Create = (path: string, body: object) => Promise<Body>

function creator(api: Client): Create {
  return async (path, body) => {
    const answer = await api.post(path, body)
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${answer.text}`)
    return answer.json()
  }
}

async function makeProject(create: Create, gitUrl: string): Promise<World['project']> {
  const { id } = await create('/api/projects', { name: 'World' })
  const path = `/api/project/${id}`
  const key = (await create(`${path}/keys`, { name: 'None', type: 'none' })).id
  const repository = { name: 'Scripts', git_url: gitUrl, git_branch: 'main', ssh_key_id: key }
  return { id, path, key, repository: (await create(`${path}/repositories`, repository)).id }
}

interface Following {
  url: string
  ca: string
  token: string
  task(id: number): Promise<Body>
  matches(task: Body): boolean
}

/** Looks at the task after each event of its stream; a server that dies meanwhile is asked again. */
async function follow(id: number, { url, ca, token, task, matches }: Following): Promise<Body> {
  for (;;) {
    try {
      const viewer = await viewEvents(url, ca, { authorization: `Bearer ${token}` })
      try {
        for (;;) {
          const row = await task(id)
          if (matches(row)) return row
          const { done } = await viewer.events.next()
          if (done) break
        }
      } finally {
        viewer.leave()
      }
      const row = await task(id)
      if (matches(row)) return row
      if (['success', 'error', 'stopped'].includes(row.status)) {
        throw new Error(`task ${id} ended otherwise: ${JSON.stringify(row)}`)
      }
    } catch (error) {
      if ((error as { code?: string }).code === undefined) throw error
      await systemClock.sleep(200)
    }
  }
}

/** Ports that were free a moment ago: a server that is started again needs the same ones. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  for (const server of servers) server.close()
  return ports
}
