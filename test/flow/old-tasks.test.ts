import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import type { Body } from '../kit/http.ts'
import { openWorld } from '../kit/world.ts'

test('of each template the newest tasks stay, on a server that learns of it later, too', async (t) => {
  const files = { 'say.sh': 'echo said > said.txt; echo "said $1"\n' }
  const world = await openWorld({ files, server: { max_tasks_per_template: 2 } })
  t.after(() => world.close())
  const of = { playbook: 'say.sh', artifacts: ['said.txt'] }
  const [talks, other] = [await world.template(of), await world.template({ ...of, name: 'B' })]
  const run = async (template: number) => (await world.finished(await world.run(template))).id
  const stays = await run(other)
  const ids: number[] = []
  const deleted = world.server.logged('old tasks were deleted', { template: talks })
  for (let round = 0; round < 3; round += 1) ids.push(await run(talks))
  assert.equal((await deleted).tasks, 1)

  const [gone, second, last] = ids as [number, number, number]
  const listed = async (): Promise<number[]> =>
    (await world.api.get(`${world.project.path}/tasks`)).json().map(({ id }: Body) => id)
  assert.deepEqual(await listed(), [last, second, stays])
  for (const part of ['', '/raw_output', '/artifacts', '/artifacts/1'])
    assert.equal((await world.api.get(`${world.project.path}/tasks/${gone}${part}`)).status, 404)
  assert.match(await world.log(second), /said/)
  const shown = (await world.api.get(`${world.project.path}/templates/${talks}`)).json()
  assert.equal(shown.last_task.id, last)

  await world.server.end('SIGTERM')
  const config = JSON.parse(await readFile(world.config, 'utf8'))
  await writeFile(world.config, JSON.stringify({ ...config, max_tasks_per_template: 1 }))
  await world.server.start()
  await world.server.logged('old tasks were deleted', { template: talks, tasks: 1 })
  assert.deepEqual(await listed(), [last, stays])
  const again = world.server.next('old tasks were deleted', { template: talks })
  const next = await run(talks)
  await again
  assert.deepEqual(await listed(), [next, stays])
})
