/** One task, the whole way: API, queue, broker, runner, log, result. Real processes. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { openWorld, type World } from '../kit/world.ts'

const files = {
  'hello.sh': 'echo "hello $1"\nfor i in 1 2 3; do echo "line $i"; done\n',
  'fail.sh': 'echo before; exit 3\n',
  'killed.sh': 'kill -SEGV $$\n',
}

let world: World
before(async () => {
  world = await openWorld({ files })
})
after(() => world.close())

async function outcome(playbook: string, columns = {}) {
  const template = await world.template({ name: playbook, app: 'bash', playbook, ...columns })
  const task = await world.run(template)
  return { task, row: await world.finished(task), log: await world.log(task) }
}

test('a script runs, and its log and result come back', async () => {
  const { row, log } = await outcome('hello.sh', { arguments: '["world"]' })
  assert.equal(row.status, 'success')
  assert.equal(row.exit_code, 0)
  assert.match(log, /hello world\nline 1\nline 2\nline 3\n/)
})

test('an exit code is an error with its reason', async () => {
  const { row, log } = await outcome('fail.sh')
  assert.equal(row.status, 'error')
  assert.equal(row.exit_code, 3)
  assert.match(row.reason, /exited with code 3/)
  assert.match(log, /before\n/)
})

test('an end by a signal is named', async () => {
  const { row } = await outcome('killed.sh')
  assert.equal(row.status, 'error')
  assert.match(row.reason, /SIGSEGV/)
})

test('a script that is not there is one clear line', async () => {
  const { row } = await outcome('missing.sh')
  assert.equal(row.status, 'error')
  assert.match(row.reason, /missing\.sh: not found in the repository/)
})

test('server and runner end on SIGTERM with 0, and nothing to complain about', async () => {
  for (const program of [world.runners[0], world.server]) {
    assert.equal(await program?.end('SIGTERM'), 0)
    assert.deepEqual(
      program?.events.filter(({ level }) => level !== 'info'),
      [],
    )
  }
})
