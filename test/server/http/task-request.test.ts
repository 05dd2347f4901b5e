/** Starting a task by the API: what its template asks, and what it lets a task choose. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Api, startApi } from '../../kit/api.ts'
import { makeProject, type Project } from '../../kit/project.ts'

let api: Api
let project: Project
before(async () => {
  api = await startApi()
  project = await makeProject(api.admin, 'p')
})
after(() => api.close())

async function newTemplate(columns: object): Promise<number> {
  const body = { name: 't', playbook: 'x.yml', repository_id: project.repository, ...columns }
  const { status, text, json } = await api.admin.post(`${project.path}/templates`, body)
  assert.equal(status, 201, text)
  return json().id
}

const start = (template_id: number, body: object) =>
  api.admin.post(`${project.path}/tasks`, { template_id, ...body })

test('a survey is answered with defaults, or refused', async () => {
  const template = await newTemplate({
    survey_vars: [
      { name: 'count', type: 'int', required: true },
      { name: 'city', default_value: 'Bern' },
      { name: 'password', type: 'secret' },
    ],
  })
  const refused = await start(template, {})
  assert.equal(refused.status, 400)
  assert.match(refused.json().error, /^environment\.count: expected an answer to the survey/)
  const taken = await start(template, { environment: '{"count": "2", "password": "hunter2"}' })
  assert.equal(taken.status, 201)
  assert.equal(taken.json().environment, '{"count":2,"city":"Bern"}')
  assert.doesNotMatch(taken.text, /hunter2/)
})

test('what a template does not let a task choose is refused by name', async () => {
  const template = await newTemplate({
    task_params: {
      allow_override_limit: false,
      allow_override_tags: false,
      allow_override_skip_tags: false,
      allow_override_inventory: false,
      allow_debug: false,
    },
  })
  for (const [body, flag] of [
    [{ limit: 'a,b' }, 'allow_override_limit'],
    [{ params: { limit: ['a'] } }, 'allow_override_limit'],
    [{ params: { tags: ['a'] } }, 'allow_override_tags'],
    [{ params: { skip_tags: ['a'] } }, 'allow_override_skip_tags'],
    [{ params: { debug: true } }, 'allow_debug'],
    [{ debug: true }, 'allow_debug'],
    [{ inventory_id: project.inventory }, 'allow_override_inventory'],
  ] as const) {
    const { status, json } = await start(template, body)
    assert.deepEqual(
      [status, json().error.split('; ')[1]],
      [400, `set ${flag} in task_params in the template`],
    )
  }
  assert.equal((await start(template, { params: { limit: [], debug: false } })).status, 201)
})

test('terraform: destroy and auto-approve ask for the word of the template', async () => {
  const columns = { app: 'terraform', playbook: '' }
  const silent = await newTemplate(columns)
  for (const [params, flag] of [
    [{ destroy: true }, 'allow_destroy'],
    [{ auto_approve: true }, 'allow_auto_approve'],
  ] as const) {
    const { status, json } = await start(silent, { params })
    assert.deepEqual(
      [status, json().error.split('; ')[1]],
      [400, `set ${flag} in task_params in the template`],
    )
    const allowing = await newTemplate({ ...columns, task_params: { [flag]: true } })
    assert.equal((await start(allowing, { params })).status, 201)
  }
  assert.equal((await start(silent, { params: { plan: true, upgrade: true } })).status, 201)
})

test('what a template does not speak of is allowed', async () => {
  const template = await newTemplate({})
  const body = { params: { limit: ['a'], debug: true }, inventory_id: project.inventory }
  assert.equal((await start(template, body)).status, 201)
})
