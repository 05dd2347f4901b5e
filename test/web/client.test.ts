import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError, createClient } from '../../web/api/client.ts'
import { match } from '../../web/shell/routes.ts'
import { waysToInstall } from '../../web/views/runners/install.ts'

function answering(status: number, body: unknown) {
  const left: number[] = []
  const fetch = async () => new Response(JSON.stringify(body), { status })
  return { client: createClient(fetch as typeof globalThis.fetch, () => left.push(1)), left }
}

test('what goes wrong has a kind, and names the fields if the server did', async () => {
  const cases = [
    [400, 'playbook: expected a text, got nothing', 'invalid', ['playbook']],
    [
      400,
      'ssh.private_key: expected a: b; name: expected c',
      'invalid',
      ['ssh.private_key', 'name'],
    ],
    [400, '10.0.0.1 is a private address', 'invalid', []],
    [403, 'this is for admins only', 'forbidden', []],
    [404, 'runner 3: not found', 'missing', []],
    [409, 'it is in use', 'conflict', []],
    [429, 'too often', 'busy', []],
    [500, 'a fault', 'fault', []],
  ] as const
  for (const [status, error, kind, fields] of cases) {
    const thrown = await answering(status, { error })
      .client.get('/api/x')
      .catch((e) => e)
    assert.ok(thrown instanceof ApiError)
    const named = thrown.faults.map(({ path }) => path)
    assert.deepEqual([thrown.kind, thrown.message, named], [kind, error, fields])
  }
})

test('a session that ended is told, a wrong password is none', async () => {
  const { client, left } = answering(401, { error: 'no' })
  await assert.rejects(client.get('/api/user'), { kind: 'signed-out' })
  assert.equal(left.length, 1)
  await assert.rejects(client.post('/api/auth/login', {}), { kind: 'signed-out' })
  assert.equal(left.length, 1)
})

test('no answer at all is offline', async () => {
  const client = createClient(() => Promise.reject(new TypeError('failed')), assert.fail)
  await assert.rejects(client.get('/api/user'), { kind: 'offline' })
})

test('addresses are matched part by part', () => {
  assert.deepEqual(match('/project/:project/tasks/:task', '/project/1/tasks/7/'), {
    project: '1',
    task: '7',
  })
  assert.equal(match('/project/:project/tasks', '/project/1/tasks/7'), undefined)
  assert.deepEqual(match('/', '/'), {})
  assert.deepEqual(match('/:a', '/%E0%A4'), { a: '%E0%A4' })
})

test('what installs a runner has no token in a command, and trusts no more than it is told', () => {
  const ofOwnCa = waysToInstall({ server: 'https://s:3000', token: 'osr_1_x', caPem: 'PEM' })
  const others = waysToInstall({ server: 'https://s', token: 'osr_1_x', caPem: undefined })
  for (const { name, text } of [...ofOwnCa, ...others]) {
    const commands = text.replace(/<<'END'\n[\s\S]*?\nEND/g, '').replace(/^export .*/gm, '')
    assert.doesNotMatch(commands, /osr_1_x/, name)
    assert.match(text, /umask 077\n/, name)
  }
  for (const { name, text } of ofOwnCa) assert.match(text, /--cacert ca\.pem -O https:/, name)
  for (const { name, text } of others) assert.doesNotMatch(text, /ca\.pem$|cacert|CA_FILE/m, name)
})
