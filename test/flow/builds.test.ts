import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Body } from '../kit/http.ts'
import { openWorld } from '../kit/world.ts'

test('a build succeeds, and what deploys it starts by itself with its version', async (t) => {
  const world = await openWorld({
    files: {
      'build.sh': 'echo "building $SEMAPHORE_TASK_DETAILS_TARGET_VERSION"\n',
      'broken.sh': 'exit 3\n',
      'deploy.sh': 'echo "deploying $SEMAPHORE_TASK_DETAILS_INCOMING_VERSION $*"\n',
    },
  })
  t.after(() => world.close())
  const builds = { type: 'build', start_version: '1.0.0' }
  const build = await world.template({ name: 'build', playbook: 'build.sh', ...builds })
  const deploys = { type: 'deploy', playbook: 'deploy.sh', build_template_id: build }
  const deploy = await world.template({
    name: 'deploy',
    ...deploys,
    autorun: true,
    survey_vars: [{ name: 'where', required: true, default_value: 'here' }],
  })
  const byHand = await world.template({ name: 'by hand', ...deploys })
  const tasksOf = async (template: number): Promise<Body[]> =>
    (await world.api.get(`${world.project.path}/templates/${template}/tasks`)).json()

  await world.finished(await world.run(build))
  const built = await world.finished(await world.run(build))
  assert.equal(built.version, '1.0.1')
  assert.match(await world.log(built.id), /building 1\.0\.1/)
  const [deployed] = await tasksOf(deploy)
  assert.equal((await tasksOf(deploy)).length, 2)
  assert.equal(deployed.build_task_id, built.id)
  const done = await world.finished(deployed.id)
  assert.equal(done.status, 'success')
  assert.match(await world.log(done.id), /deploying 1\.0\.1 where=here/)
  assert.deepEqual(await tasksOf(byHand), [])

  const path = `${world.project.path}/templates/${build}`
  const { last_task: _, warnings: __, ...template } = (await world.api.get(path)).json()
  await world.api.put(path, { ...template, playbook: 'broken.sh' })
  assert.equal((await world.finished(await world.run(build))).status, 'error')
  assert.equal((await tasksOf(deploy)).length, 2, 'nothing is deployed of what failed')
})
