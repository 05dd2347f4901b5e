import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Body } from '../kit/http.ts'
import { openWorld } from '../kit/world.ts'

test('a schedule runs its template once, though the server is killed at its time', async (t) => {
  const world = await openWorld({ files: { 'hello.sh': 'echo "hello $1"\n' } })
  t.after(() => world.close())
  const template_id = await world.template({
    playbook: 'hello.sh',
    allow_override_args_in_task: true,
  })
  const schedule = await world.create('schedules', {
    name: 'soon',
    template_id,
    type: 'run_at',
    active: true,
    run_at: new Date(Date.now() + 1000).toISOString(),
    task_params: { arguments: '["night"]', message: 'by itself' },
  })
  await world.server.end('SIGKILL')
  await world.server.start()
  const path = `${world.project.path}/schedules/${schedule}`
  const fired = async () => (await world.api.get(path)).json().active === false
  while (!(await fired())) await new Promise(setImmediate)
  const tasks: Body[] = (await world.api.get(`${world.project.path}/tasks`)).json()
  assert.equal(tasks.length, 1)
  const task = await world.finished(tasks[0].id)
  assert.equal(task.status, 'success')
  assert.equal(task.schedule_id, schedule)
  assert.equal(task.user_name, null)
  assert.equal(task.message, 'by itself')
  assert.match(await world.log(task.id), /hello night/)
})
