/** The cache of a runner, cleared by a word of the server: now, once a task has ended, or when it is back. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { openGate, waitAt } from '../kit/gate.ts'
import { type GitServer, makeRepository, serveGit, type TestRepository } from '../kit/git.ts'
import { openWorld, type World } from '../kit/world.ts'
import type { WorldRunner } from '../kit/world-runner.ts'

const files = {
  'run.sh': 'echo ran\n',
  'wait.sh': `echo waiting\n${waitAt('$1')}cat run.sh\n`,
}

let world: World
let runner: WorldRunner
let repository: TestRepository
let git: GitServer
let repository_id: number

before(async () => {
  world = await openWorld({ files: {} })
  runner = world.runners[0] as WorldRunner
  repository = await makeRepository(files)
  git = await serveGit(repository.path)
  repository_id = await world.create('repositories', {
    ...{ name: 'Cloned', git_url: git.url, git_branch: 'main', ssh_key_id: world.project.key },
  })
})
after(async () => {
  await world.close()
  await git.close()
  await repository.close()
})

const run = async (columns: Record<string, unknown>) =>
  world.run(await world.template({ repository_id, ...columns }))
const ran = async () => {
  const task = await run({ playbook: 'run.sh' })
  assert.equal((await world.finished(task)).status, 'success')
}
/** Work trees that it keeps. */
const kept = () => {
  const folder = join(runner.folder, 'tmp', `project_${world.project.id}`)
  return existsSync(folder)
    ? readdirSync(folder).filter((name) => !/_(home|notes)$/.test(name))
    : []
}
const path = () => `/api/runners/${runner.id}`
const ask = async (query = '') => {
  assert.equal((await world.api.delete(`${path()}/cache${query}`)).status, 204)
}
const wanted = async () => (await world.api.get(path())).json().cleaning_requested
const cleared = () => world.server.next('runner has cleared its cache', { runner: runner.id })

test('a runner that is there clears it at once', async () => {
  await ran()
  assert.equal(kept().length, 1)
  assert.equal(await wanted(), null)
  const done = cleared()
  await ask()
  await done
  assert.equal(await wanted(), null)
  assert.deepEqual(kept(), [])
  await ran()
})

test('what a task uses is cleared once that has ended', async () => {
  const gate = join(world.folder, 'gate')
  const task = await run({ playbook: 'wait.sh', arguments: JSON.stringify([gate]) })
  await world.printed(task, 'waiting')
  const [used] = kept().slice(-1)
  // An answer to its hello has brought the wish to it.
  const heard = runner.next('cache cleared')
  const greeted = world.server.next('runner connected', { runner: runner.id })
  await ask()
  await greeted
  assert.match(await wanted(), /^\d{4}-/)
  assert.ok(kept().includes(used as string))
  const done = cleared()
  await openGate(gate)
  assert.equal((await world.finished(task)).status, 'success')
  assert.match(await world.log(task), /echo ran/)
  await heard
  await done
  assert.deepEqual(kept(), [])
  assert.equal(await wanted(), null)
})

test('one that is away clears it when it is back, also after the server was', async () => {
  await ran()
  await runner.end('SIGTERM')
  await ask()
  await world.server.end('SIGTERM')
  await world.server.start()
  assert.match(await wanted(), /^\d{4}-/)
  assert.equal(kept().length, 1)
  const done = cleared()
  await runner.start()
  await done
  assert.equal(await wanted(), null)
  assert.deepEqual(kept(), [])
})

test('only of one project, if that is asked for', async () => {
  await ran()
  const { id } = (await world.api.post('/api/projects', { name: 'Other' })).json()
  const other = cleared()
  await ask(`?project_id=${id}`)
  await other
  assert.equal(kept().length, 1)
  const own = cleared()
  await ask(`?project_id=${world.project.id}`)
  await own
  assert.deepEqual(kept(), [])
})

test('who may ask, and of what', async () => {
  for (const [query, status] of [
    ['?project_id=999', 400],
    ['?project_id=x', 400],
  ] as const) {
    assert.equal((await world.api.delete(`${path()}/cache${query}`)).status, status)
  }
  assert.equal((await world.api.delete('/api/runners/999/cache')).status, 404)
  assert.equal(await wanted(), null)
})
