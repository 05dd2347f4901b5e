/** Builds and deploys over the API; a whole chain of them is test/flow/builds.test.ts. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Api, startApi } from '../../kit/api.ts'
import type { Body } from '../../kit/http.ts'
import { makeProject, type Project } from '../../kit/project.ts'

let api: Api
let project: Project
before(async () => {
  api = await startApi()
  project = await makeProject(api.admin, 'p')
})
after(() => api.close())

async function template(columns: object): Promise<Body> {
  const body = { name: 't', playbook: 'x.yml', repository_id: project.repository, ...columns }
  const answer = await api.admin.post(`${project.path}/templates`, body)
  return { status: answer.status, ...answer.json() }
}

async function start(template_id: number, columns: object = {}): Promise<Body> {
  const answer = await api.admin.post(`${project.path}/tasks`, { template_id, ...columns })
  return { code: answer.status, ...answer.json() }
}

async function succeed(id: number): Promise<void> {
  const { store } = api.context
  await store.commit(({ db }) => db('tasks').where({ id }).update({ status: 'success' }))
}

test('each build gets the next version, one that asks for its own gets that', async () => {
  const build = await template({ type: 'build', start_version: '1.0.0' })
  const versions: string[] = []
  for (const columns of [{}, {}, { version: '1.0.7' }, {}]) {
    versions.push((await start(build.id, columns)).version)
  }
  assert.deepEqual(versions, ['1.0.0', '1.0.1', '1.0.7', '1.0.8'])
  const together = await Promise.all(Array.from({ length: 5 }, () => start(build.id)))
  assert.deepEqual(
    together.map(({ version }) => version).sort(),
    ['1.0.10', '1.0.11', '1.0.12', '1.0.13', '1.0.9'],
    'those that come at once too',
  )
  assert.equal((await start(project.template)).version, '', 'what is no build has none')
})

test('a deploy names a build of its build template', async () => {
  const build = await template({ type: 'build', start_version: '3' })
  const deploy = await template({ type: 'deploy', build_template_id: build.id })
  assert.equal(deploy.build_template_id, build.id)
  assert.equal(deploy.autorun, false)
  const built = await start(build.id)
  const refused = async (template_id: number, build_task_id: number, expected: RegExp) => {
    const answer = await start(template_id, { build_task_id })
    assert.equal(answer.code, 400)
    assert.match(answer.error, expected)
  }
  const ofItsTemplate = /^build_task_id: expected a successful build of its build template, got/
  await refused(deploy.id, built.id, ofItsTemplate)
  await refused(deploy.id, project.task, ofItsTemplate)
  await refused(deploy.id, 9999, ofItsTemplate)
  await succeed(built.id)
  await refused(project.template, built.id, /^build_task_id: expected none, got/)
  const deployed = await start(deploy.id, { build_task_id: built.id })
  assert.deepEqual([deployed.build_task_id, deployed.incoming_version], [built.id, '3'])
  assert.equal((await start(deploy.id)).build_task_id, null)
})

test('a build template: of this project and of its type; in use while something deploys it', async () => {
  const build = await template({ name: 'Build', type: 'build' })
  const deploy = await template({ name: 'Deploy', type: 'deploy', build_template_id: build.id })
  const other = await makeProject(api.admin, 'other')
  for (const id of [project.template, other.template, 9999]) {
    const answer = await template({ type: 'deploy', build_template_id: id })
    assert.match(answer.error, /^build_template_id: expected a template of type build of this/)
  }
  const plain = await template({ type: '', build_template_id: build.id })
  assert.equal(plain.build_template_id, null, 'only deploys have one')
  const answer = await api.admin.delete(`${project.path}/templates/${build.id}`)
  assert.equal(answer.status, 409)
  assert.equal(answer.json().error, 'template Build is in use by template Deploy')
  assert.equal((await api.admin.delete(`${project.path}/templates/${deploy.id}`)).status, 204)
  assert.equal((await api.admin.delete(`${project.path}/templates/${build.id}`)).status, 204)
})

test('autorun asks nobody, so its survey must have defaults', async () => {
  const build = await template({ type: 'build' })
  const asks = (survey: object) =>
    template({
      type: 'deploy',
      build_template_id: build.id,
      autorun: true,
      survey_vars: [{ name: 'where', required: true, ...survey }],
    })
  assert.match((await asks({})).error, /^environment\.where: expected an answer to the survey/)
  assert.match((await asks({ type: 'secret', default_value: 'x' })).error, /^secret\.where: exp/)
  assert.equal((await asks({ default_value: 'here' })).status, 201)
})
