import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { openSqlite } from '../../server/store/open.ts'
import { FaultProxy } from '../kit/fault-proxy.ts'
import { openWorld } from '../kit/world.ts'

test('a runner dies while a file is on its way: what is whole stays, the part of it goes', async (t) => {
  const files = { 'make.sh': 'echo small > a.txt; head -c 20000000 /dev/urandom > b.bin\n' }
  const world = await openWorld({ files, runners: 0 })
  t.after(() => world.close())
  const proxy = await FaultProxy.start(world.mqttPort)
  t.after(() => proxy.close())
  // It stops reading the file as soon as so much waits for the server.
  const mqtt_url = `mqtts://localhost:${proxy.port}`
  const runner = await world.addRunner({ runner: { mqtt_url, spool_max_mb: 1 } })
  await runner.start()

  proxy.rate = 2_000_000
  const task = await world.run(
    await world.template({ playbook: 'make.sh', artifacts: ['a.txt', 'b.bin'] }),
  )
  await proxy.carries(4_000_000)
  await runner.end('SIGKILL')
  const path = `${world.project.path}/tasks/${task}/artifacts`
  const pieces = async () => {
    const store = await openSqlite(join(world.dataDir, 'database.sqlite'))
    try {
      return await store.read('file_chunks').where({ task_id: task }).orderBy('seq').pluck('bytes')
    } finally {
      await store.close()
    }
  }
  assert.ok((await pieces()).length > 100, 'much of it had come')
  proxy.rate = Number.POSITIVE_INFINITY
  await runner.start()
  const { status, reason } = await world.finished(task)
  assert.equal(status, 'error')
  assert.match(reason, /^Interrupted: the runner's process died/)
  const told = (await world.api.get(path)).json()
  assert.deepEqual(
    told.map(({ name, bytes }: { name: string; bytes: number }) => [name, bytes]),
    [['a.txt', 6]],
  )
  assert.equal((await world.api.get(`${path}/1`)).text, 'small\n')
  // The small file, and what it was.
  assert.equal((await pieces()).length, 2)
})
