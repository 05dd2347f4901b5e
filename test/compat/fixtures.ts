/** Things for an operation to work on, made over the API when they are asked for, anew for each operation. */
import type { Client } from '../kit/http.ts'

type Id = number | string
type Recipe = readonly [path: string, body: Record<string, unknown>]

/** What must be posted where; `{name}` is the id of another fixture. */
const recipes: Record<string, Recipe> = {
  project_id: ['/projects', { name: 'Compat', alert_chat: 'Test' }],
  user_id: [
    '/users',
    {
      name: 'Somebody',
      username: 'somebody{serial}',
      email: 'somebody{serial}@example.org',
      password: 'password of somebody',
    },
  ],
  member_id: ['/project/{project_id}/users', { user_id: '{user_id}', role: 'guest' }],
  api_token_id: ['/user/tokens', { name: 'compat' }],
  key_id: ['/project/{project_id}/keys', { name: 'Key', type: 'none' }],
  repository_id: [
    '/project/{project_id}/repositories',
    { name: 'Scripts', git_url: '{git_url}', git_branch: 'main', ssh_key_id: '{key_id}' },
  ],
  inventory_id: [
    '/project/{project_id}/inventory',
    {
      name: 'Hosts',
      type: 'static',
      inventory: 'localhost',
      ssh_key_id: '{key_id}',
      become_key_id: '{key_id}',
      repository_id: '{repository_id}',
    },
  ],
  environment_id: [
    '/project/{project_id}/environment',
    {
      name: 'Environment',
      json: '{}',
      env: '{}',
      secrets: [{ name: 'TOKEN', type: 'env', secret: 'hidden', operation: 'create' }],
    },
  ],
  view_id: ['/project/{project_id}/views', { title: 'View', position: 1 }],
  build_template_id: [
    '/project/{project_id}/templates',
    {
      name: 'Build',
      app: 'bash',
      playbook: 'hello.sh',
      repository_id: '{repository_id}',
      type: 'build',
      start_version: '1.0.0',
    },
  ],
  template_id: [
    '/project/{project_id}/templates',
    {
      name: 'Hello',
      app: 'bash',
      playbook: 'hello.sh',
      repository_id: '{repository_id}',
      inventory_id: '{inventory_id}',
      environment_id: '{environment_id}',
      view_id: '{view_id}',
      git_branch: 'main',
      vaults: [{ name: 'default', type: 'password', vault_key_id: '{key_id}' }],
      survey_vars: [
        {
          name: 'size',
          title: 'Size',
          description: 'Of it',
          type: 'enum',
          target: 'env',
          required: false,
          values: [{ name: 'Big', value: 'big' }],
        },
      ],
      task_params: { debug: false, dry_run: false, diff: false },
    },
  ],
  script_template_id: [
    '/project/{project_id}/templates',
    {
      name: 'Script',
      app: 'bash',
      playbook: 'hello.sh',
      repository_id: '{repository_id}',
      inventory_id: '{inventory_id}',
      environment_id: '{environment_id}',
      view_id: '{view_id}',
      allow_override_args_in_task: true,
      allow_override_branch_in_task: true,
    },
  ],
  waiting_template_id: [
    '/project/{project_id}/templates',
    {
      name: 'Waiting',
      app: 'bash',
      playbook: 'hello.sh',
      repository_id: '{repository_id}',
      runner_tag: 'nobody has this',
    },
  ],
  task_id: [
    '/project/{project_id}/tasks',
    {
      template_id: '{script_template_id}',
      inventory_id: '{inventory_id}',
      params: {
        ...{ debug: false, dry_run: false, diff: false, skip_galaxy_install: false },
        ...{ limit: [], tags: [], skip_tags: [] },
      },
    },
  ],
  waiting_task_id: ['/project/{project_id}/tasks', { template_id: '{waiting_template_id}' }],
  schedule_id: [
    '/project/{project_id}/schedules',
    {
      name: 'Schedule',
      template_id: '{template_id}',
      cron_format: '0 0 1 1 *',
      active: true,
      task_params: { message: 'By the schedule', params: {} },
    },
  ],
  integration_id: [
    '/project/{project_id}/integrations',
    { name: 'Integration', template_id: '{template_id}', auth_method: 'none', searchable: true },
  ],
  extractvalue_id: [
    '/project/{project_id}/integrations/{integration_id}/values',
    {
      name: 'Value',
      value_source: 'body',
      body_data_type: 'json',
      key: 'a',
      variable: 'a',
      variable_type: 'environment',
    },
  ],
  matcher_id: [
    '/project/{project_id}/integrations/{integration_id}/matchers',
    {
      name: 'Matcher',
      match_type: 'body',
      method: 'equals',
      body_data_type: 'json',
      key: 'a',
      value: 'a',
    },
  ],
  alias_id: ['/project/{project_id}/integrations/{integration_id}/aliases', {}],
  project_alias_id: ['/project/{project_id}/integrations/aliases', {}],
  runner_id: ['/runners', { name: 'Runner', tags: ['compat'] }],
  unregistered_runner_id: ['/runners', { name: 'Runner', registered: false }],
  project_runner_id: [
    '/project/{project_id}/runners',
    { name: 'Runner', project_id: '{project_id}', tags: ['compat'] },
  ],
  unregistered_project_runner_id: [
    '/project/{project_id}/runners',
    { name: 'Runner', project_id: '{project_id}', registered: false },
  ],
}

/** Fields and parameters that name a fixture of another name; the first that matches counts. */
const aliases: readonly [path: RegExp, name: string, fixture: string][] = [
  [/^\/project\/{project_id}\/users\//, 'user_id', 'member_id'],
  [/^\/project.*registration-token$/, 'runner_id', 'unregistered_project_runner_id'],
  [/registration-token$/, 'runner_id', 'unregistered_runner_id'],
  [/^\/project.*\/runners/, 'runner_id', 'project_runner_id'],
  [/\/integrations\/aliases/, 'alias_id', 'project_alias_id'],
  [/\/tasks\/{task_id}\/stop$/, 'task_id', 'waiting_task_id'],
  [/\/tasks/, 'template_id', 'script_template_id'],
  [/./, 'ssh_key_id', 'key_id'],
  [/./, 'become_key_id', 'key_id'],
  [/./, 'vault_key_id', 'key_id'],
  [/./, 'auth_secret_id', 'key_id'],
]

export interface Fixtures {
  /** The id of what a parameter or field of this name refers to; undefined = there is no such thing. */
  id(name: string): Promise<Id | undefined>
  /** Makes one more of what has a name, with another one, which sorts before the first's. */
  another(name: string): Promise<void>
  /** The path with ids for its names; 1 for what there is none of. */
  path(path: string): Promise<string>
}

export interface Place {
  api: Client
  basePath: string
  /** A repository that holds `hello.sh`. */
  gitUrl: string
  /** Unique in a run. */
  serial: number
}

/** @param operation its path, which tells what its names mean */
export function createFixtures(place: Place, operation: string): Fixtures {
  const given: Record<string, Id> = { serial: place.serial, git_url: place.gitUrl }
  const made = new Map<string, Promise<Id | undefined>>()

  const fixture = (name: string): Promise<Id | undefined> => {
    if (given[name] !== undefined) return Promise.resolve(given[name])
    const known = made.get(name) ?? make(name)
    made.set(name, known)
    return known
  }

  async function make(name: string, change: object = {}): Promise<Id | undefined> {
    const recipe = recipes[name]
    if (recipe === undefined) return undefined
    const url = `${place.basePath}${await filled(recipe[0])}`
    const body = (await filled({ ...recipe[1], ...change })) as Record<string, Id>
    const answer = await place.api.post(url, body)
    if (answer.status >= 300) return undefined
    const id = answer.text === '' ? body.user_id : answer.json().id
    // It ends with the task.
    if (name === 'task_id') await place.api.get(`${url}/${id}/stream`)
    return id
  }

  async function filled(value: unknown): Promise<unknown> {
    if (Array.isArray(value)) return await Promise.all(value.map(filled))
    if (typeof value === 'object' && value !== null) {
      const all = Object.entries(value).map(async ([key, one]) => [key, await filled(one)])
      return Object.fromEntries(await Promise.all(all))
    }
    if (typeof value !== 'string') return value
    const [, whole] = /^{(\w+)}$/.exec(value) ?? []
    if (whole !== undefined) return await fixture(whole)
    let text = value
    for (const [part, name] of value.matchAll(/{(\w+)}/g)) {
      text = text.replace(part, encodeURIComponent((await fixture(name as string)) ?? 1))
    }
    return text
  }

  const meant = (name: string) =>
    aliases.find(([path, alias]) => alias === name && path.test(operation))?.[2] ?? name
  return {
    id: (name) => fixture(meant(name)),
    async another(name) {
      const [, body] = recipes[meant(name)] ?? []
      if (body?.name !== undefined) await make(meant(name), { name: 'Another' })
    },
    path: async (path) =>
      (await filled(path.replace(/{(\w+)}/g, (_, name) => `{${meant(name)}}`))) as string,
  }
}
