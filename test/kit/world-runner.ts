/** A runner of a world: registered over the API, with its files in a folder of its own. */
import { cp, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { systemClock } from '../../lib/clock.ts'
import type { Client } from './http.ts'
import { Program } from './program.ts'

export const registrationToken = 'a-registration-token-for-tests'

export interface RunnerOptions {
  /** More of `runner` in its configuration. */
  runner?: Record<string, unknown>
  /** More of its configuration beside that. */
  settings?: Record<string, unknown>
  env?: Record<string, string>
}

interface Place {
  folder: string
  url: string
  /** PEM of the authorities that it trusts. */
  ca: string
}

export class WorldRunner extends Program {
  readonly id: number
  readonly token: string
  /** Configuration, token, state and work trees. */
  readonly folder: string

  private constructor(id: number, token: string, folder: string, env: Record<string, string>) {
    super(['runner', 'start', '--config', join(folder, 'runner.json')], 'connected', env)
    this.id = id
    this.token = token
    this.folder = folder
  }

  static async register(api: Client, place: Place, options?: RunnerOptions): Promise<WorldRunner> {
    const body = { registration_token: registrationToken, name: place.folder }
    const { id, token } = (await api.post('/api/internal/runners', body)).json()
    return WorldRunner.install({ id, token }, place, options)
  }

  /** One with this token, whoever else has it. */
  static async install(
    { id, token }: { id: number; token: string },
    { folder, url, ca }: Place,
    { runner = {}, settings = {}, env = {} }: RunnerOptions = {},
  ): Promise<WorldRunner> {
    const [tokenFile, caFile] = [join(folder, 'token'), join(folder, 'ca.pem')]
    await writeFile(tokenFile, token, { mode: 0o600 })
    await writeFile(caFile, ca)
    const config = {
      tmp_path: join(folder, 'tmp'),
      web_host: url,
      log: { format: 'json' },
      ...settings,
      runner: { token_file: tokenFile, ca_file: caFile, ...runner },
    }
    await writeFile(join(folder, 'runner.json'), JSON.stringify(config), { mode: 0o600 })
    return new WorldRunner(id, token, folder, env)
  }

  /** The keys belong to the token: who moves or clones a runner takes both. */
  async copyKeysTo(other: WorldRunner): Promise<void> {
    await cp(join(this.folder, 'token.keys.json'), join(other.folder, 'token.keys.json'))
  }

  /** Copies journal and spool, as the image of a disk does; the lock of another machine means nothing. */
  async copyStateTo(other: WorldRunner): Promise<void> {
    const filter = (path: string) => basename(path) !== 'runner.lock'
    await cp(this.state, other.state, { recursive: true, filter })
  }

  /** Resolves once the log of the task's first attempt holds this text, on this runner's disk. */
  async spooled(task: number, text: string): Promise<void> {
    const folder = join(this.state, 'spool')
    for (;;) {
      const names = (await readdir(folder)).filter((name) => name.startsWith(`${task}-1-`))
      const pieces = await Promise.all(names.map((name) => readFile(join(folder, name), 'latin1')))
      if (pieces.some((piece) => piece.includes(text))) return
      await systemClock.sleep(20)
    }
  }

  get config(): string {
    return join(this.folder, 'runner.json')
  }

  /** Journal and spool. */
  get state(): string {
    return join(this.folder, 'token.state')
  }
}
