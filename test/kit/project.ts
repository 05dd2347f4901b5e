/** A project with one of everything, made over the API. */
import type { Client } from './http.ts'

export interface Project {
  id: number
  /** /api/project/{id} */
  path: string
  key: number
  repository: number
  inventory: number
  environment: number
  template: number
  view: number
  /** Switched off. */
  schedule: number
  /** Waiting. */
  task: number
}

export async function makeProject(admin: Client, name: string): Promise<Project> {
  const create = async (path: string, body: object): Promise<number> => {
    const answer = await admin.post(path, body)
    if (answer.status !== 201) throw new Error(`${path}: ${answer.status} ${answer.text}`)
    return answer.json().id
  }
  const id = await create('/api/projects', { name })
  const path = `/api/project/${id}`
  const key = await create(`${path}/keys`, { name: 'None', type: 'none' })
  const repository = await create(`${path}/repositories`, {
    name: 'Scripts',
    git_url: '/srv/scripts',
    git_branch: 'main',
    ssh_key_id: key,
  })
  const inventory = await create(`${path}/inventory`, {
    name: 'Hosts',
    type: 'static',
    inventory: 'localhost',
    ssh_key_id: key,
  })
  const environment = await create(`${path}/environment`, { name: 'Empty', json: '{}', env: '{}' })
  const template = await create(`${path}/templates`, {
    name: 'Hello',
    app: 'bash',
    playbook: 'hello.sh',
    repository_id: repository,
    inventory_id: inventory,
    environment_id: environment,
    allow_parallel_tasks: true,
  })
  const view = await create(`${path}/views`, { title: 'Daily' })
  const schedule = await create(`${path}/schedules`, {
    name: 'Nightly',
    template_id: template,
    cron_format: '0 3 * * *',
    active: false,
  })
  const task = await create(`${path}/tasks`, { template_id: template })
  return { id, path, key, repository, inventory, environment, template, view, schedule, task }
}
