/** A runner in a container: nothing but variables, started whenever, with a server that comes later. */
import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Program } from '../kit/program.ts'
import { openWorld } from '../kit/world.ts'
import { registrationToken } from '../kit/world-runner.ts'

const world = await openWorld({ files: { 'hi.sh': 'echo hi' }, runners: 0 })
after(() => world.close())

test('it registers as soon as there is a server, and only once', async (t) => {
  const token = join(world.folder, 'a-token')
  const caFile = join(world.folder, 'ca.pem')
  const registration = join(world.folder, 'registration')
  await writeFile(caFile, world.ca)
  await writeFile(registration, `${registrationToken}\n`)
  const flags = ['--registration-token-file', registration, '--ca-file', caFile]
  const runner = new Program(
    ['runner', 'start', '--no-config', '--auto-register', '--tags', 'a', '--tags=b', ...flags],
    'connected',
    {
      SEMAPHORE_WEB_ROOT: world.url,
      SEMAPHORE_RUNNER_TOKEN_FILE: token,
      SEMAPHORE_RUNNER_NAME: 'early',
      SEMAPHORE_TMP_PATH: join(world.folder, 'runner-tmp'),
      OUTSTATION_LOG_FORMAT: 'json',
    },
  )
  t.after(() => runner.end('SIGKILL'))
  await world.server.end('SIGTERM')
  void runner.launch()
  const { reason } = await runner.logged('server not reached; trying again')
  assert.match(String(reason), /connection refused/)
  await world.server.start()
  const { id } = await runner.logged('registered')
  await runner.logged('connected')
  const registered = (await world.api.get(`/api/runners/${id}`)).json()
  assert.deepEqual([registered.name, registered.tags], ['early', ['a', 'b']])
  const task = await world.run(await world.template({ playbook: 'hi.sh', runner_tag: 'a' }))
  assert.equal((await world.finished(task)).status, 'success')

  const kept = await readFile(token, 'utf8')
  await runner.end('SIGTERM')
  await runner.start()
  assert.equal(await readFile(token, 'utf8'), kept)
  assert.ok(!runner.lines.join().includes(kept.trim()))
})
