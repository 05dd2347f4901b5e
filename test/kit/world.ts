/** A server and its runners as real processes, with a project in which scripts run. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CleanupStack } from '../../lib/stack.ts'
import { openSqlite } from '../../server/store/open.ts'
import { hashPassword } from '../../server/store/passwords.ts'
import { insertToken } from '../../server/store/tokens.ts'
import { insertUser } from '../../server/store/users.ts'
import { createFollower, type Follower } from './follow.ts'
import { makeRepository } from './git.ts'
import { type Body, type Client, createClient } from './http.ts'
import { freePorts } from './ports.ts'
import { endTaskProcesses } from './processes.ts'
import { Program } from './program.ts'
import { type RunnerOptions, registrationToken, WorldRunner } from './world-runner.ts'

export interface WorldOptions extends RunnerOptions {
  /** So many runners, all of them with these settings. */
  runners?: number
  /** More of the server's configuration. */
  server?: Record<string, unknown>
  /** The server's data folder, if it shall be elsewhere. */
  dataDir?: string
  /** PEM of authorities that runners trust beside the server's own. */
  authorities?: string
  /** Files of the repository in which templates find their scripts. */
  files: Record<string, string>
  /** Gets the text of every answer of the API. */
  seen?: string[]
}

export interface World extends Follower {
  folder: string
  /** The server's data folder. */
  dataDir: string
  /** The server's configuration file. */
  config: string
  url: string
  port: number
  mqttPort: number
  /** PEM of the server's CA. */
  ca: string
  server: Program
  runners: WorldRunner[]
  /** Registers one more; it is not started yet. */
  addRunner(options?: RunnerOptions): Promise<WorldRunner>
  /** A second installation with token and keys of this runner, which has run; it is not started yet. */
  cloneRunner(runner: WorldRunner, options?: RunnerOptions): Promise<WorldRunner>
  /** As the administrator. */
  api: Client
  project: { id: number; path: string; repository: number; key: number }
  /** Creates one of the `kind` (keys, templates, ..) in the project. @returns its id */
  create(kind: string, body: object): Promise<number>
  /** A template whose script is a file of the repository. @returns its id */
  template(columns: Record<string, unknown>): Promise<number>
  /** Starts a task. @returns its id */
  run(template: number, columns?: Record<string, unknown>): Promise<number>
  /** Starts a task of a bash script with these arguments. @returns its id */
  script(playbook: string, ...args: string[]): Promise<number>
  stop(task: number, options?: { force?: boolean }): Promise<void>
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
  const [port, mqttPort] = (await freePorts(2)) as [number, number]
  const url = `https://localhost:${port}`
  const dataDir = options.dataDir ?? join(folder, 'data')
  const config = join(folder, 'server.json')
  await writeFile(
    config,
    JSON.stringify({
      port,
      interface: '127.0.0.1',
      web_host: url,
      data_dir: dataDir,
      tmp_path: join(folder, 'tmp'),
      use_remote_runner: true,
      runner_registration_token: registrationToken,
      mqtt: { port: mqttPort, interface: '127.0.0.1' },
      log: { format: 'json' },
      ...options.server,
    }),
    { mode: 0o600 },
  )
  stack.defer(() => endTaskProcesses(folder))
  const server = new Program(['server', '--config', config], 'serving')
  stack.defer(() => server.end('SIGTERM'))
  await server.start()
  const token = await makeAdmin(join(dataDir, 'database.sqlite'))
  const ca = await readFile(join(dataDir, 'ca.pem'), 'utf8')
  const api = createClient(url, ca, options.seen).with({ authorization: `Bearer ${token}` })

  const runners: WorldRunner[] = []
  const newPlace = async () => ({
    folder: await mkdtemp(join(folder, 'runner-')),
    url,
    ca: `${ca}${options.authorities ?? ''}`,
  })
  const keep = (runner: WorldRunner) => {
    runners.push(runner)
    stack.defer(() => runner.end('SIGKILL'))
    return runner
  }
  const addRunner = async (settings?: RunnerOptions) =>
    keep(await WorldRunner.register(api, await newPlace(), settings))
  const cloneRunner = async (runner: WorldRunner, settings?: RunnerOptions) => {
    const clone = keep(await WorldRunner.install(runner, await newPlace(), settings))
    await runner.copyKeysTo(clone)
    return clone
  }
  for (let index = 0; index < (options.runners ?? 1); index += 1) await addRunner(options)
  await Promise.all(runners.map((runner) => runner.start()))

  const repository = await makeRepository(options.files)
  stack.defer(() => repository.close())
  const project = await makeProject(api, repository.path)
  const taskPath = (id: number) => `${project.path}/tasks/${id}`
  const task = async (id: number) => (await api.get(taskPath(id))).json()
  const urlOf = (id: number) => `${url}${taskPath(id)}`
  const create: World['create'] = (kind, body) => make(api, `${project.path}/${kind}`, body)
  const template: World['template'] = (columns) =>
    create('templates', {
      name: 'A',
      repository_id: project.repository,
      app: 'bash',
      allow_parallel_tasks: true,
      ...columns,
    })
  const run: World['run'] = (id, columns) => create('tasks', { template_id: id, ...columns })
  return {
    ...createFollower({ ca, token, urlOf, task, up: () => server.up() }),
    folder,
    dataDir,
    config,
    url,
    port,
    mqttPort,
    ca,
    server,
    runners,
    addRunner,
    cloneRunner,
    api,
    project,
    create,
    template,
    run,
    script: async (playbook, ...args) =>
      run(await template({ playbook, arguments: JSON.stringify(args) })),
    async stop(id, body = {}) {
      const { status, text } = await api.post(`${taskPath(id)}/stop`, body)
      if (status !== 204) throw new Error(`stop ${id}: ${status} ${text}`)
    },
    log: async (id) => (await api.get(`${taskPath(id)}/raw_output`)).text,
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

async function make(api: Client, path: string, body: object): Promise<number> {
  const answer = await api.post(path, body)
  if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${answer.text}`)
  return (answer.json() as Body).id
}

async function makeProject(api: Client, gitUrl: string): Promise<World['project']> {
  const id = await make(api, '/api/projects', { name: 'World' })
  const path = `/api/project/${id}`
  const key = await make(api, `${path}/keys`, { name: 'None', type: 'none' })
  const columns = { name: 'Scripts', git_url: gitUrl, git_branch: 'main', ssh_key_id: key }
  return { id, path, key, repository: await make(api, `${path}/repositories`, columns) }
}
