import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient } from '../kit/http.ts'
import { openWorld } from '../kit/world.ts'

test('a request of another service runs a script; what it says stays one argument', async (t) => {
  const world = await openWorld({
    files: { 'hook.sh': 'for one in "$@"; do echo "[$one]"; done\n' },
  })
  t.after(() => world.close())
  const template_id = await world.template({ playbook: 'hook.sh' })
  const key = await world.create('keys', { name: 'Hook', type: 'string', string: 'open sesame' })
  const integration = await world.create('integrations', {
    name: 'push',
    template_id,
    auth_method: 'token',
    auth_secret_id: key,
    auth_header: 'X-Token',
  })
  const path = `${world.project.path}/integrations/${integration}`
  const value = { name: 'who', value_source: 'body', body_data_type: 'json', key: 'who' }
  await world.api.post(`${path}/values`, { ...value, variable: 'who' })
  const { url } = (await world.api.post(`${path}/aliases`)).json()
  const stranger = createClient(world.url, world.ca)
  const who = "--version '; touch /tmp/x; $(id)"
  const answer = await stranger
    .with({ 'x-token': 'open sesame' })
    .post(new URL(url).pathname, { who })
  assert.equal(answer.status, 204)
  const task = await world.finished(Number(answer.headers['x-semaphore-task-id']))
  assert.equal(task.status, 'success')
  assert.ok((await world.log(task.id)).includes(`[who=${who}]`))
})
