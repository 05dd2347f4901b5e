/** A project over the HTTP API: where its scripts lie, what they run on, whom it tells. */
import { join } from 'node:path'
import { secretToken } from '../../lib/ids.ts'
import type { Admin } from './admin.ts'
import { serveExamples } from './git-server.ts'
import { type Receiver, startReceiver } from './receiver.ts'
import type { Stage } from './stage.ts'

export interface Project {
  /** What its administrator's command line needs to know. */
  env: Admin['env']
  receiver: Receiver
  /** Known to the script; its log must not show it. */
  secret: string
}

const scripts = join(import.meta.dirname, '../repository')

export async function makeProject(stage: Stage, { api, env }: Admin): Promise<Project> {
  const { folder, terminal, use } = stage
  terminal.step('A project')
  const git = use(await serveExamples(scripts, join(folder, 'repository')))
  const receiver = use(await startReceiver())
  const secret = secretToken('')

  const create = async (path: string, body: object) =>
    (await api.post<{ id: number }>(path, body)).id
  const project = `/project/${await create('/projects', { name: 'Demo' })}`
  const none = await create(`${project}/keys`, { name: 'None', type: 'none' })
  const repository = await create(`${project}/repositories`, {
    name: 'Examples',
    git_url: git.url,
    git_branch: 'main',
    ssh_key_id: none,
  })
  terminal.line(`Repository  ${git.url}`)
  const inventory = await create(`${project}/inventory`, {
    name: 'This machine',
    type: 'static',
    inventory: 'localhost ansible_connection=local ansible_python_interpreter=auto_silent',
    ssh_key_id: none,
  })
  terminal.line('Inventory   this machine')
  const hello = await create(`${project}/environment`, {
    name: 'Secret',
    secrets: [{ name: 'DEMO_SECRET', type: 'env', secret, operation: 'create' }],
  })
  const greeting = await create(`${project}/environment`, {
    name: 'Greeting',
    json: JSON.stringify({ greeting: 'who opened no port for it' }),
  })
  const templates = `${project}/templates`
  const both = { repository_id: repository, inventory_id: inventory }
  await create(templates, {
    ...both,
    ...{ name: 'Hello', app: 'bash', playbook: 'hello.sh', environment_id: hello },
    arguments: '["newcomer"]',
  })
  await create(templates, {
    ...both,
    ...{ name: 'Site', app: 'ansible', playbook: 'site.yml', environment_id: greeting },
  })
  terminal.line('Templates   Hello (Bash), Site (Ansible)')
  await create(`${project}/webhooks`, { name: 'Demo', url: receiver.url, secret: receiver.secret })
  terminal.line(`Webhook     ${receiver.url}`)
  return { env, receiver, secret }
}
