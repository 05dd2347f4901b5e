/** A project moved from Semaphore: its backup is put back, and its template runs on a real runner. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Body } from '../kit/http.ts'
import { openWorld } from '../kit/world.ts'

const fixture = join(import.meta.dirname, '../fixtures/compat/backup.json')

test('the bash template of a backup of Semaphore runs', async () => {
  const world = await openWorld({ files: { 'hello.sh': 'echo "$GREETING $*"\n' } })
  try {
    const { api, project } = world
    const { git_url } = (await api.get(`${project.path}/repositories/${project.repository}`)).json()
    const backup = JSON.parse(readFileSync(fixture, 'utf8').replace('GIT_URL', git_url))
    const { id } = (await api.post('/api/projects/restore', backup)).json()
    const path = `/api/project/${id}`
    const started = await api.post(`${path}/tasks`, { template_name: 'Hello' })
    assert.equal(started.status, 201, started.text)
    const task = `${path}/tasks/${started.json().id}`
    // The stream ends with the task.
    await api.get(`${task}/stream`)
    const { status, reason }: Body = (await api.get(task)).json()
    assert.equal(status, 'success', reason)
    assert.match((await api.get(`${task}/raw_output`)).text, /^hello world size=3$/m)
  } finally {
    await world.close()
  }
})
