/** A script that was written for Semaphore: curl and a bearer token, from the project to the output. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { openWorld } from '../kit/world.ts'

const script = join(import.meta.dirname, '../fixtures/compat/deploy.sh')
const files = { 'site.sh': 'echo "$LANG $PASSWORD $*"\n' }

test('a script with curl makes a project, runs a task and reads its output', async () => {
  const world = await openWorld({ files })
  try {
    const { api, url, ca, folder, project } = world
    await writeFile(join(folder, 'ca.pem'), ca)
    const token = (await api.post('/api/user/tokens')).json().id
    const { git_url } = (await api.get(`${project.path}/repositories/${project.repository}`)).json()
    const env = { ...process.env, URL: url, CA: join(folder, 'ca.pem'), TOKEN: token }
    const { stdout } = await promisify(execFile)('bash', [script], {
      env: { ...env, GIT_URL: git_url },
      timeout: 120_000,
    })
    const answers = stdout.split('\n').filter((line) => line !== '')
    const [web, key, repository, inventory, environment, template, task, ended, output, last] =
      answers.map((line) => JSON.parse(line))
    const { id, created, ...shown } = web
    assert.match(created, /^\d{4}-\d\d-\d\dT/)
    assert.deepEqual(pick(shown, 'name alert alert_chat max_parallel_tasks'), {
      name: 'Web',
      alert: false,
      alert_chat: null,
      max_parallel_tasks: 0,
    })
    assert.deepEqual(pick(key, 'name type project_id'), {
      name: 'None',
      type: 'none',
      project_id: id,
    })
    assert.deepEqual(pick(repository, 'project_id git_url git_branch ssh_key_id'), {
      project_id: id,
      git_url,
      git_branch: 'main',
      ssh_key_id: key.id,
    })
    assert.deepEqual(pick(inventory, 'inventory type ssh_key_id become_key_id'), {
      inventory: 'localhost ansible_connection=local',
      type: 'static',
      ssh_key_id: key.id,
      become_key_id: key.id,
    })
    assert.equal(environment.json, '{"colour": "green"}')
    assert.deepEqual(
      environment.secrets.map((one: object) => pick(one, 'name type secret')),
      [{ name: 'PASSWORD', type: 'env' }],
    )
    const references = 'repository_id inventory_id environment_id app playbook arguments type'
    assert.deepEqual(pick(template, references), {
      repository_id: repository.id,
      inventory_id: inventory.id,
      environment_id: environment.id,
      app: 'bash',
      playbook: 'site.sh',
      arguments: '[]',
      type: '',
    })
    assert.deepEqual(pick(task, 'template_id project_id status message'), {
      template_id: template.id,
      project_id: id,
      status: 'waiting',
      message: 'from a script',
    })
    assert.equal(ended.status, 'success', stdout)
    const lines = output.map(({ output }: { output: string }) => output)
    assert.ok(
      lines.some((line: string) => /^C \*+ .*colour=green/.test(line)),
      JSON.stringify(lines),
    )
    assert.ok(
      output.every((line: Record<string, unknown>) => line.task_id === task.id && line.time),
    )
    assert.equal(last[0].id, task.id)
  } finally {
    await world.close()
  }
})

function pick(object: object, names: string): Record<string, unknown> {
  const wanted = names.split(' ')
  return Object.fromEntries(Object.entries(object).filter(([name]) => wanted.includes(name)))
}
