/** Every wrong request ends in one clear line with the right status, and changes nothing. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Api, startApi } from '../../kit/api.ts'
import { makeProject, type Project } from '../../kit/project.ts'

let api: Api
let project: Project
before(async () => {
  api = await startApi()
  project = await makeProject(api.admin, 'p')
})
after(() => api.close())

const key = { name: 'k', type: 'none' }
const template = () => ({ name: 't', playbook: 'x.sh', repository_id: project.repository })
const task = () => ({ template_id: project.template })

/** POST to {project}/path: what is sent, and the error that must come. */
const table: [path: string, body: () => unknown, error: RegExp][] = [
  ['keys', () => ({ type: 'none' }), /^name: expected a value, got nothing$/],
  [
    'keys',
    () => ({ name: 5, type: 'dsa' }),
    /^name: expected string, got 5; type: expected "none", "ssh", "login_password", "string", got "dsa"$/,
  ],
  ['keys', () => ({ ...key, name: '' }), /^name: expected at least 1 characters, got ""$/],
  [
    'keys',
    () => ({ ...key, name: 'x'.repeat(256) }),
    /^name: expected at most 255 characters, got a text of 256 characters$/,
  ],
  ['keys', () => [key], /^body: expected object, got an array$/],
  ['keys', () => ({ ...key, ssh: 'x' }), /^ssh: expected object or null, got "x"$/],
  [
    'keys',
    () => ({ ...key, ssh: { login: {} } }),
    /^ssh\.login: expected string or null, got an object/,
  ],
  ['keys', () => ({ name: 'k', type: 'ssh' }), /^ssh\.private_key: expected a text for type ssh/],
  [
    'keys',
    () => ({ name: 'k', type: 'login_password', login_password: { login: 'x' } }),
    /^login_password\.password: expected a text/,
  ],
  ['keys', () => ({ name: 'k', type: 'string' }), /^string: expected a text for type string/],
  [
    'keys',
    () => ({ ...key, project_id: project.id + 1 }),
    /^project_id: expected \d+ as in the path, got \d+$/,
  ],
  [
    'repositories',
    () => ({ name: 'r', git_url: '', ssh_key_id: 1 }),
    /^git_url: expected at least 1/,
  ],
  [
    'repositories',
    () => ({ name: 'r', git_url: 'x', ssh_key_id: 'x' }),
    /^ssh_key_id: expected integer/,
  ],
  [
    'repositories',
    () => ({ name: 'r', git_url: 'x', ssh_key_id: 0.5 }),
    /^ssh_key_id: expected integer, got 0\.5/,
  ],
  [
    'repositories',
    () => ({ name: 'r', git_url: 'https://git.example/x', ssh_key_id: project.key }),
    /^git_branch: expected the name of a branch, got nothing$/,
  ],
  ['inventory', () => ({ name: 'i', type: 'dynamic' }), /^type: expected "none", "static"/],
  [
    'environment',
    () => ({ name: 'e', json: '[1]' }),
    /^json: expected the JSON text of an object$/,
  ],
  ['environment', () => ({ name: 'e', json: '{' }), /^json: expected the JSON text of an object$/],
  [
    'environment',
    () => ({ name: 'e', env: '{"A":{}}' }),
    /^env\.A: expected the JSON text of an object/,
  ],
  ['environment', () => ({ name: 'e', env: '{"A=B":1}' }), /^env\.A=B: expected/],
  [
    'environment',
    () => ({ name: 'e', json: {} }),
    /^json: expected string or null, got an object$/,
  ],
  [
    'environment',
    () => ({ name: 'e', secrets: [{ name: 'S', type: 'var' }] }),
    /^secrets\.S: expected its secret, got nothing$/,
  ],
  [
    'environment',
    () => ({ name: 'e', secrets: [{ name: 'S', type: 'file', secret: 'x' }] }),
    /^secrets\.0\.type: expected "var", "env", got "file"$/,
  ],
  ['templates', () => ({ ...template(), playbook: '' }), /^playbook: expected at least 1/],
  ['templates', () => ({ ...template(), app: '../x' }), /^app: expected .*, got "\.\.\/x"$/],
  [
    'templates',
    () => ({ ...template(), arguments: '{"a":1}' }),
    /^arguments: expected the JSON text of an array of texts$/,
  ],
  ['templates', () => ({ ...template(), arguments: '[1]' }), /^arguments: expected the JSON text/],
  [
    'templates',
    () => ({ ...template(), task_params: { limit: 'a' } }),
    /^task_params\.limit: expected array/,
  ],
  [
    'templates',
    () => ({ ...template(), repository_id: 999 }),
    /^repository_id: expected an id of this/,
  ],
  ['tasks', () => ({}), /^template_id or template_name: expected one, got neither$/],
  ['tasks', () => ({ template_name: 'x' }), /^template_name: expected one template x, got none$/],
  ['tasks', () => ({ ...task(), environment: 'a=1' }), /^environment: expected the JSON text/],
  ['tasks', () => ({ ...task(), secret: '{"a":[]}' }), /^secret\.a: expected the JSON text/],
  ['tasks', () => ({ ...task(), params: { debug_level: 9 } }), /^params\.debug_level: expected/],
  [
    'tasks',
    () => ({ ...task(), arguments: '["--x"]' }),
    /^arguments: template Hello does not let tasks choose it; set allow_override_args_in_task/,
  ],
  ['tasks', () => ({ ...task(), git_branch: 'other' }), /^git_branch: template Hello does not let/],
  [
    'users',
    () => ({ user_id: 999, role: 'guest' }),
    /^user_id: expected the id of a user, got 999$/,
  ],
  ['users', () => ({ user_id: 1, role: 'king' }), /^role: expected "owner", "manager"/],
]

for (const [path, body, error] of table) {
  test(`POST ${path}: ${error.source}`, async () => {
    const before = (await api.admin.get(`${project.path}/${path}`)).text
    const answer = await api.admin.post(`${project.path}/${path}`, body())
    assert.equal(answer.status, 400, answer.text)
    assert.match(answer.json().error, error)
    assert.equal((await api.admin.get(`${project.path}/${path}`)).text, before)
  })
}

test('bodies that are no JSON, too large or of another kind; addresses that are not there', async () => {
  const { admin } = api
  const url = `${project.path}/keys`
  const json = { 'content-type': 'application/json' }
  const send = async (body: string, headers: Record<string, string>) => {
    const { status, text } = await admin.send('POST', url, { body, headers })
    assert.doesNotMatch(text, /node_modules|\.ts:/, 'no stack')
    return [status, JSON.parse(text).error] as const
  }
  assert.equal((await send('{"name":', json))[0], 400)
  assert.equal((await send('{"__proto__":{"x":1},"name":"k","type":"none"}', json))[0], 400)
  assert.equal((await send('name=k', { 'content-type': 'text/plain' }))[0], 415)
  assert.equal((await send('x'.repeat(4 * 1024 * 1024 + 1), json))[0], 413)
  assert.equal(
    (await send('', json))[1],
    'name: expected a value, got nothing; type: expected a value, got nothing',
  )
  for (const path of ['/api/nothing', '/nothing', '/api/project', `${project.path}/nothing/1`]) {
    const answer = await admin.get(path)
    assert.equal(answer.status, 404)
    assert.equal(answer.json().error, `GET ${path}: no such address`)
  }
  for (const id of ['0', 'x', '1e3', '-1', '99999999999999999999']) {
    const { status } = await admin.get(`/api/project/${id}`)
    assert.equal(status, 404, id)
    assert.ok([400, 404].includes((await admin.get(`${url}/${id}`)).status), id)
  }
})

test('a fault of the server is told by a request id, not by a stack', async () => {
  const events: string[] = []
  const log = { ...api.context.log, error: (event: string) => void events.push(event) }
  const broken = await startApi({
    log,
    ready() {
      throw new Error('the secret reason')
    },
  })
  try {
    const answer = await broken.stranger.get('/readyz')
    assert.equal(answer.status, 500)
    assert.match(answer.json().error, /^a fault of this server; .* \(req-\w+\)$/)
    assert.deepEqual(events, ['a request failed'])
  } finally {
    await broken.close()
  }
})
