/** When a runner came and went, over a server that is killed and one that ends in order. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openWorld, type World } from '../kit/world.ts'

interface Connection {
  start: string
  end: string | null
  cause: string | null
}

let world: World
before(async () => {
  world = await openWorld({ files: {} })
})
after(() => world.close())

const connections = async (): Promise<Connection[]> =>
  (await world.api.get(`/api/runners/${world.runners[0]?.id}/connections`)).json()
const causes = async () => (await connections()).map(({ cause }) => cause)
const link = async (): Promise<{ flaps: number; bytes: number }> =>
  (await world.api.get('/api/runner_links')).json()[0]

/** A server ends by `signal` and is started again; the runner is back. */
async function restart(signal: NodeJS.Signals): Promise<number> {
  await world.server.end(signal)
  const ended = Date.now()
  await world.server.start()
  await world.server.logged('runner connected')
  return ended
}

test('a history survives servers that are killed and servers that end; none stays connected', async () => {
  await world.server.logged('runner connected')
  assert.deepEqual(await causes(), [null])
  const killed = await restart('SIGKILL')
  assert.deepEqual(await causes(), [null, 'server'])
  const [now, before] = await connections()
  assert.ok(Date.parse(String(before?.end)) >= Date.parse(String(before?.start)))
  assert.ok(Date.parse(String(before?.end)) <= killed)
  assert.ok(Date.parse(String(now?.start)) >= killed)
  assert.equal((await link()).flaps, 0, 'the link was not to blame')

  const back = world.server.next('runner connected')
  await world.runners[0]?.end('SIGTERM')
  await world.runners[0]?.start()
  await back
  assert.equal((await connections()).length, 3)
  assert.equal((await link()).flaps, 1)

  const { bytes } = await link()
  assert.ok(bytes > 0)
  await restart('SIGTERM')
  assert.deepEqual((await causes()).slice(0, 2), [null, 'server'])
  const again = await link()
  assert.equal(again.flaps, 1)
  assert.ok(again.bytes > bytes, 'a server that ends in order writes down what it has counted')
})
