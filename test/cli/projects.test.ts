/** Whole projects and the review after a restore, by the commands, against a real API. */
import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openHome } from './home.ts'

const { api, project, run } = await openHome()

test('a project goes into a private file, and comes back beside itself', async () => {
  const file = join(api.folder, 'home.json')
  const written = await run('project', 'export', '--project-name', 'home', '--file', file)
  assert.deepEqual([written.code, written.stderr], [0, ''])
  assert.equal(statSync(file).mode & 0o777, 0o600)
  const [again, printed, restored] = await Promise.all([
    run('project', 'export', '--project', 'home', '--file', file),
    run('project', 'export', '--project', 'home'),
    run('project', 'import', '--file', file, '--project-name', 'away'),
  ])
  assert.equal(again.code, 1)
  assert.match(again.stderr, /home\.json: expected a new file, got one that is there\n$/)
  assert.equal(printed.stdout, readFileSync(file, 'utf8'))
  const [, id] = /^Project (\d+), away$/m.exec(restored.stdout) ?? assert.fail(restored.stderr)
  const templates = (await api.admin.get(`/api/project/${id}/templates`)).json()
  assert.deepEqual(
    templates.map(({ name }: { name: string }) => name),
    ['Hello'],
  )
})

test('what is no backup is refused in one line', async () => {
  const file = join(api.folder, 'none.json')
  writeFileSync(file, '[1]')
  const [none, wrong, missing] = await Promise.all([
    run('project', 'import', '--file', file),
    run('project', 'import'),
    run('project', 'import', '--file', join(api.folder, 'nowhere.json')),
  ])
  assert.match(none.stderr, /none\.json: expected the JSON of a backup, got something else\n$/)
  assert.equal(wrong.code, 2)
  assert.match(missing.stderr, /^outstation: ENOENT: .*nowhere\.json'\n$/)
})

test('a task is shown with what it runs and how it went', async () => {
  const { json } = await api.admin.post(`${project.path}/tasks`, {
    template_id: project.template,
    message: 'why \x1b[2J not',
  })
  const { id } = json()
  const [shown, asJson] = await Promise.all([
    run('task', 'show', String(id)),
    run('task', 'show', String(id), '--json'),
  ])
  assert.match(shown.stdout, new RegExp(`^Task: +${id}, waiting\nTemplate: +Hello \\(\\d+\\)\n`))
  assert.match(shown.stdout, /^Message: +why not$/m)
  assert.match(shown.stdout, /^Asked for: +\d\d:\d\d:\d\d$/m)
  assert.equal(JSON.parse(asJson.stdout).id, id)
})

test('a held task is shown after a restore, and released', async () => {
  assert.match((await run('recovery', 'show')).stdout, /^Nothing: the database was never found/)
  const { json } = await api.admin.post(`${project.path}/tasks`, { template_id: project.template })
  const { id } = json()
  await api.context.store.commit(async (tx) => {
    const start = { at: 1, last_task: id, found: 'it is 3 commits old', found_at: Date.now() }
    await tx.db('starts').insert(start)
    await tx.db('tasks').where({ id }).update({ held: 'it may have run since' })
  })
  const shown = await run('recovery', 'show')
  assert.match(shown.stdout, /the database was put back from a backup\.\n- it is 3 commits old\n/)
  assert.match(shown.stdout, new RegExp(`^${id} +waiting +0 +it may have run since$`, 'm'))
  const { review, tasks } = JSON.parse((await run('recovery', 'show', '--json')).stdout)
  assert.deepEqual([review, tasks.length], [true, 1])

  const neither = await run('recovery', 'release')
  assert.equal(neither.code, 2)
  assert.match(neither.stderr, /^outstation: expected the number of a task, or --all\n$/)
  const released = await run('recovery', 'release', String(id))
  assert.deepEqual([released.code, released.stdout], [0, 'release: 1 decided\n'])
  assert.match((await run('recovery', 'show')).stdout, /Nothing waits for you/)
})
