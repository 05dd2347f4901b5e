/** Who did what: every call that changes something tells it, once, in words and with its author. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { makePair, publicOf } from '../../../../runner/disk/keyring.ts'
import { raiseAlarm } from '../../../../server/store/alarms.ts'
import { eventsKept, insertEvent } from '../../../../server/store/events.ts'
import { putProjectUser } from '../../../../server/store/project-users.ts'
import { type Api, registrationToken, startApi } from '../../../kit/api.ts'
import type { Answer, Body } from '../../../kit/http.ts'
import { makeProject, type Project } from '../../../kit/project.ts'

let api: Api
let project: Project
let user: number
let runner: { id: number; own: number }
let webhook: number
let integration: number
before(async () => {
  api = await startApi({ admitRunner: () => {} })
  project = await makeProject(api.admin, 'Plant')
  user = (await api.user('bob')).id
  const made = async (path: string, body: object = {}) =>
    (await api.admin.post(path, body)).json().id
  const project_id = project.id
  runner = { id: await made('/api/runners'), own: await made('/api/runners', { project_id }) }
  const url = 'https://hook.example/'
  const chat = { name: 'chat', template_id: project.template }
  integration = await made(`${project.path}/integrations`, chat)
  webhook = await made(`${project.path}/webhooks`, { name: 'chat', url })
})
after(() => api.close())

type Call = () => Promise<Answer>

/** Of each route that changes something: a call, and what is told of it. In this order. */
function calls(): [route: string, call: Call, told: RegExp][] {
  const { admin, stranger } = api
  const { path: p } = project
  const login = (password: string) => () =>
    stranger.post('/api/auth/login', { auth: 'bob', password })
  const ask = (method: 'post' | 'put' | 'delete', path: string, body?: object) => () =>
    admin[method](path, body)
  const answered = (answer: 'open', verb: string) => async () => {
    const { id } = (await admin.post(`${p}/tasks`, { template_id: project.template })).json()
    await api.context.store.commit(async ({ db }) => {
      const row = { task_id: id, attempt: 1, runner_id: runner.id, phase: 'started', offered: 1 }
      await db('attempts').insert({ ...row, confirmation: answer })
      await db('tasks').where({ id }).update({ status: 'waiting_confirmation', attempt: 1 })
    })
    return await admin.post(`${p}/tasks/${id}/${verb}`)
  }
  const raised = async () => {
    const say = 'six minutes ahead'
    await api.context.store.commit((tx) => raiseAlarm(tx, runner.id, 'clock', say, 1))
    return await admin.delete(`/api/runners/${runner.id}/alarms/clock`)
  }
  const key = { name: 'K', type: 'none' }
  const repository = { name: 'R', git_url: '/x', git_branch: 'main', ssh_key_id: project.key }
  const inventory = { name: 'I', type: 'static', inventory: 'h', ssh_key_id: project.key }
  const template = { name: 'T', app: 'bash', playbook: 'x.sh', repository_id: project.repository }
  const made = async (path: string, body: object) =>
    (await admin.post(`${p}/${path}`, body)).json().id
  const resource = (path: string, type: string, body: Body): [string, Call, RegExp][] => [
    [`POST {p}/${path}`, ask('post', `${p}/${path}`, body), new RegExp(`^${type} . created$`)],
    [
      `PUT {p}/${path}/{id}`,
      async () =>
        admin.put(`${p}/${path}/${await made(path, body)}`, { ...body, name: 'Z', title: 'Z' }),
      new RegExp(`^${type} Z changed$`),
    ],
    [
      `DELETE {p}/${path}/{id}`,
      async () => admin.delete(`${p}/${path}/${await made(path, body)}`),
      new RegExp(`^${type} . deleted$`),
    ],
  ]
  const runnerCalls = (at: string, id: number): [string, Call, RegExp][] => {
    const told = (done: string) => new RegExp(`^runner \\w+ ${done}$`)
    const full = at.replace('{p}', p)
    const announced = async () =>
      (await admin.post(full, { name: 'announced', registered: false })).json().id
    return [
      [`POST ${at}`, ask('post', full, { name: 'edge' }), told('created')],
      [`PUT ${at}/{runner_id}`, ask('put', `${full}/${id}`, { name: 'new' }), told('changed')],
      [
        `POST ${at}/{runner_id}/active`,
        ask('post', `${full}/${id}/active`, { active: false }),
        told('switched off'),
      ],
      [
        `POST ${at}/{runner_id}/token`,
        ask('post', `${full}/${id}/token`),
        told('given a new token'),
      ],
      [
        `POST ${at}/{runner_id}/registration-token`,
        async () => admin.post(`${full}/${await announced()}/registration-token`),
        told('given a registration token'),
      ],
      [
        `DELETE ${at}/{runner_id}/cache`,
        ask('delete', `${full}/${id}/cache`),
        told('told to clear its cache'),
      ],
      [
        `DELETE ${at}/{runner_id}`,
        async () => admin.delete(`${full}/${await announced()}`),
        told('deleted'),
      ],
    ]
  }
  const part = (kind: string, type: string, body: Body): [string, Call, RegExp][] => {
    const at = `{p}/integrations/{id}/${kind}`
    const full = `integrations/${integration}/${kind}`
    const told = (did: string) => new RegExp(`^${type} . ${did}, of integration chat$`)
    return [
      [`POST ${at}`, ask('post', `${p}/${full}`, body), told('created')],
      [
        `PUT ${at}/{part_id}`,
        async () => admin.put(`${p}/${full}/${await made(full, body)}`, body),
        told('changed'),
      ],
      [
        `DELETE ${at}/{part_id}`,
        async () => admin.delete(`${p}/${full}/${await made(full, body)}`),
        told('deleted'),
      ],
    ]
  }
  const aliases = (at: string, full: string): [string, Call, RegExp][] => [
    [`POST ${at}`, ask('post', `${p}/${full}`), /^integration (\d+ )?got an address/],
    [
      `DELETE ${at}/{alias_id}`,
      async () => admin.delete(`${p}/${full}/${await made(full, {})}`),
      /^integration (\d+ )?lost an address/,
    ],
  ]
  const called = async () => {
    const { url } = (await admin.post(`${p}/integrations/${integration}/aliases`)).json()
    return await stranger.post(new URL(url).pathname)
  }
  const schedule = { name: 'S', template_id: project.template, cron_format: '0 3 * * *' }
  const placed = { body_data_type: 'json', key: 'ref' }
  const matcher = { name: 'M', match_type: 'body', method: 'equals', value: 'x', ...placed }
  const value = { name: 'V', value_source: 'body', variable: 'ref', ...placed }
  const loggedOut = async () => {
    const answer = await stranger.post('/api/auth/login', {
      auth: 'admin',
      password: 'password of admin',
    })
    const [cookie = ''] = String(answer.headers['set-cookie']).split(';')
    return await stranger.with({ cookie }).post('/api/auth/logout')
  }
  const keysBrought = async () => {
    const { token } = (await admin.post('/api/runners', { name: 'keyed' })).json()
    const runner = stranger.with({ 'x-runner-token': token })
    return await runner.put('/api/internal/runners/keys', publicOf(makePair()))
  }
  const mine = { title: 'Mine' }
  let token = ''
  return [
    ['POST /api/auth/login', login('wrong'), /^login refused, from 127\.0\.0\.1$/],
    ['POST /api/auth/login', login('password of bob'), /^user bob logged in from 127\.0\.0\.1$/],
    [
      'POST /api/user/tokens',
      async () => {
        const answer = await admin.post('/api/user/tokens')
        token = answer.json().id
        return answer
      },
      /^token ost_.{8} created$/,
    ],
    [
      'DELETE /api/user/tokens/{token}',
      () => admin.delete(`/api/user/tokens/${token}`),
      /^token ost_.{8} deleted$/,
    ],
    ['POST /api/auth/logout', loggedOut, /^user admin logged out$/],
    [
      'POST /api/users',
      ask('post', '/api/users', { username: 'c', name: 'Carl', email: 'c@x', password: 'p' }),
      /^user Carl created$/,
    ],
    [
      'PUT /api/users/{user_id}',
      ask('put', `/api/users/${user}`, { admin: true }),
      /^user bob made admin$/,
    ],
    [
      'PUT /api/users/{user_id}',
      ask('put', `/api/users/${user}`, { admin: false }),
      /^user bob is admin no more$/,
    ],
    [
      'POST /api/users/{user_id}/password',
      ask('post', `/api/users/${user}/password`, { password: 'new' }),
      /^user bob given a new password$/,
    ],
    [
      'POST /api/projects',
      ask('post', '/api/projects', { name: 'Other' }),
      /^project Other created$/,
    ],
    ['PUT {p}', ask('put', p, { name: 'Plant' }), /^project Plant changed$/],
    [
      'POST {p}/users',
      ask('post', `${p}/users`, { user_id: user, role: 'guest' }),
      /^user bob made guest$/,
    ],
    [
      'PUT {p}/users/{user_id}',
      ask('put', `${p}/users/${user}`, { role: 'owner' }),
      /^user bob made owner$/,
    ],
    ['DELETE {p}/me', ask('delete', `${p}/me`), /^user admin left the project$/],
    [
      'DELETE {p}/users/{user_id}',
      async () => {
        const { id } = await api.user('dora')
        await api.context.store.commit((tx) => putProjectUser(tx, project.id, id, 'guest'))
        return await admin.delete(`${p}/users/${id}`)
      },
      /^user dora put out of the project$/,
    ],
    ['DELETE /api/users/{user_id}', ask('delete', `/api/users/${user}`), /^user bob deleted$/],
    ...resource('keys', 'key', key),
    ...resource('repositories', 'repository', repository),
    ...resource('inventory', 'inventory', inventory),
    ...resource('environment', 'environment', { name: 'E', json: '{}' }),
    ...resource('templates', 'template', template),
    ...resource('schedules', 'schedule', schedule),
    [
      'PUT {p}/schedules/{id}/active',
      ask('put', `${p}/schedules/${project.schedule}/active`, { active: true }),
      /^schedule Nightly switched on$/,
    ],
    ...resource('views', 'view', { title: 'V' }),
    [
      'POST {p}/views/positions',
      ask('post', `${p}/views/positions`, { [project.view]: 3 }),
      /^view ordered anew$/,
    ],
    ...resource('integrations', 'integration', { name: 'I', template_id: project.template }),
    ...part('matchers', 'integrationmatcher', matcher),
    ...part('values', 'integrationextractvalue', value),
    ...aliases('{p}/integrations/aliases', 'integrations/aliases'),
    ...aliases('{p}/integrations/{id}/aliases', `integrations/${integration}/aliases`),
    ['POST /api/integrations/{alias}', called, /^task \d+ started: by integration chat$/],
    [
      'POST /api/projects/restore',
      async () => admin.post('/api/projects/restore', (await admin.get(`${p}/backup`)).json()),
      /^project Plant restored from a backup$/,
    ],
    ...runnerCalls('/api/runners', runner.id),
    ...runnerCalls('{p}/runners', runner.own),
    [
      'DELETE /api/runners/{runner_id}/alarms/{kind}',
      raised,
      /^runner new cleared of the alarm clock$/,
    ],
    [
      'POST /api/internal/runners',
      () =>
        stranger.post('/api/internal/runners', {
          registration_token: registrationToken,
          name: 'shed',
        }),
      /^runner shed registered, from 127\.0\.0\.1$/,
    ],
    [
      'DELETE /api/internal/runners',
      async () => {
        const body = { registration_token: registrationToken, name: 'shed' }
        const { token } = (await stranger.post('/api/internal/runners', body)).json()
        return await stranger.with({ 'x-runner-token': token }).delete('/api/internal/runners')
      },
      /^runner shed unregistered$/,
    ],
    ['PUT /api/internal/runners/keys', keysBrought, /^runner keyed put its keys on record$/],
    [
      'POST /api/recovery',
      async () => {
        const { id } = (await admin.post(`${p}/tasks`, { template_id: project.template })).json()
        await api.context.store.commit(({ db }) => db('tasks').where({ id }).update({ held: 'x' }))
        return await admin.post('/api/recovery', { verdict: 'release', task_id: id })
      },
      /^recovery \d+ release: 1 decided$/,
    ],
    ['POST /api/signing-key', ask('post', '/api/signing-key'), /^signing key \w+ replaced$/],
    [
      'POST {p}/tasks',
      ask('post', `${p}/tasks`, { template_id: project.template }),
      /^task \d+ started: Hello$/,
    ],
    ['POST {p}/tasks/{task_id}/confirm', answered('open', 'confirm'), /^task \d+ confirmed$/],
    ['POST {p}/tasks/{task_id}/reject', answered('open', 'reject'), /^task \d+ rejected$/],
    [
      'POST {p}/tasks/{task_id}/stop',
      ask('post', `${p}/tasks/${project.task}/stop`),
      /^task \d+ told to stop$/,
    ],
    [
      'DELETE {p}/tasks/{task_id}',
      ask('delete', `${p}/tasks/${project.task}`),
      /^task \d+ deleted$/,
    ],
    [
      'POST {p}/templates/{id}/stop_all_tasks',
      async () => {
        await admin.post(`${p}/tasks`, { template_id: project.template })
        return await admin.post(`${p}/templates/${project.template}/stop_all_tasks`)
      },
      /^task \d+ told to stop$/,
    ],
    [
      'DELETE /api/tasks/{task_id}',
      async () => {
        const { id } = (await admin.post(`${p}/tasks`, { template_id: project.template })).json()
        return await admin.delete(`/api/tasks/${id}`)
      },
      /^task \d+ told to stop$/,
    ],
    ['PUT /api/apps/{app_id}', ask('put', '/api/apps/mine', mine), /^app mine changed$/],
    [
      'POST /api/apps/{app_id}/active',
      ask('post', '/api/apps/mine/active', { active: false }),
      /^app mine switched off$/,
    ],
    ['DELETE /api/apps/{app_id}', ask('delete', '/api/apps/mine'), /^app mine reset$/],
    [
      'POST /api/options',
      ask('post', '/api/options', { key: 'a.b', value: 'c' }),
      /^option a\.b set$/,
    ],
    [
      'POST /api/user/options',
      ask('post', '/api/user/options', { key: 'nav.unpinnedItems', value: '[]' }),
      /^option nav\.unpinnedItems set, for its user alone$/,
    ],
    [
      'POST {p}/webhooks',
      ask('post', `${p}/webhooks`, { name: 'w', url: 'https://hook.example/' }),
      /^webhook w created$/,
    ],
    [
      'PUT {p}/webhooks/{webhook_id}',
      ask('put', `${p}/webhooks/${webhook}`, { name: 'c' }),
      /^webhook c changed$/,
    ],
    [
      'POST {p}/webhooks/{webhook_id}/test',
      ask('post', `${p}/webhooks/${webhook}/test`),
      /^webhook c tested$/,
    ],
    [
      'POST {p}/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver',
      async () => {
        const [{ id }] = (await admin.get(`${p}/webhooks/${webhook}/deliveries`)).json()
        return await admin.post(`${p}/webhooks/${webhook}/deliveries/${id}/redeliver`)
      },
      /^webhook c told to send \d+ again$/,
    ],
    [
      'DELETE {p}/webhooks/{webhook_id}',
      ask('delete', `${p}/webhooks/${webhook}`),
      /^webhook c deleted$/,
    ],
    [
      'DELETE {p}',
      async () => {
        const { path, task } = await makeProject(admin, 'gone')
        await admin.post(`${path}/tasks/${task}/stop`)
        return await admin.delete(path)
      },
      /^project gone deleted$/,
    ],
  ]
}

/** They only look. */
const reads = ['POST {p}/schedules/validate']

test('each call that changes something is told once, with its author and its place', async () => {
  const newest = async (): Promise<Body> =>
    (await api.admin.get('/api/events/last?limit=1')).json()[0]
  const reached = new Set<string>()
  for (const [route, call, told] of calls()) {
    const answer = await call()
    const refused = told.source.includes('refused')
    assert.equal(answer.status < 300, !refused, `${route}: ${answer.status} ${answer.text}`)
    reached.add(route)
    const event = await newest()
    assert.match(event.description, told, route)
    const by = /^(login|user bob logged|runner (shed|keyed)|task .* by integration)/.test(
      event.description,
    )
      ? null
      : 'admin'
    if (by) assert.equal(event.username, by, route)
    if (route.includes('{p}') && !route.startsWith('DELETE {p} ')) {
      if (route !== 'DELETE {p}') assert.equal(event.project_id, project.id, route)
    }
  }
  const { paths } = (await api.stranger.get('/api/openapi.json')).json()
  const routes = Object.entries<object>(paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((method) => method !== 'get')
      .map(
        (method) => `${method.toUpperCase()} ${path.replace('/api/project/{project_id}', '{p}')}`,
      ),
  )
  assert.deepEqual(
    routes.filter((route) => !reached.has(route)),
    reads,
  )
  assert.deepEqual(
    [...reached].filter((route) => !routes.includes(route)),
    [],
  )
})

test('what changed nothing is not told', async () => {
  const count = async () =>
    Number((await api.context.store.read('events').count('* as n').first())?.n)
  const before = await count()
  const { path, task } = await makeProject(api.admin, 'quiet')
  await api.admin.post(`${path}/tasks/${task}/stop`)
  const made = await count()
  assert.equal((await api.admin.post(`${path}/tasks/${task}/stop`)).status, 204)
  assert.equal((await api.admin.post(`${path}/tasks/${task}/confirm`)).status, 409)
  assert.equal((await api.admin.post(`${path}/keys`, { name: 'k', type: 'ssh' })).status, 400)
  assert.equal((await api.admin.delete(`${path}/me`)).status, 409)
  assert.ok(made > before)
  assert.equal(await count(), made)
})

test('members see the events of their projects, and nothing of the server', async () => {
  const mine = await makeProject(api.admin, 'mine')
  const { id, client } = await api.user('guest')
  assert.deepEqual((await client.get('/api/events')).json(), [])
  await api.context.store.commit((tx) => putProjectUser(tx, mine.id, id, 'guest'))
  const all: Body[] = (await client.get('/api/events')).json()
  assert.ok(all.length >= 7 && all.every(({ project_id }) => project_id === mine.id))
  assert.deepEqual((await client.get(`${mine.path}/events`)).json(), all)
  assert.deepEqual((await client.get(`${mine.path}/events/last?limit=2`)).json(), all.slice(0, 2))
  const { created, ...oldest } = all.at(-1)
  assert.ok(Date.parse(created) <= Date.now())
  assert.deepEqual(oldest, {
    id: oldest.id,
    project_id: mine.id,
    project_name: 'mine',
    user_id: (await api.admin.get('/api/user')).json().id,
    username: 'admin',
    object_type: 'project',
    object_id: mine.id,
    object_name: 'mine',
    description: 'project mine created',
  })
})

test('who confirmed a task stands in the task, and is the first who said it', async () => {
  const { path, template } = await makeProject(api.admin, 'asking')
  const { id } = (await api.admin.post(`${path}/tasks`, { template_id: template })).json()
  await api.context.store.commit(async ({ db }) => {
    const row = { task_id: id, attempt: 1, runner_id: 1, phase: 'started', offered: 1 }
    await db('attempts').insert({ ...row, confirmation: 'open' })
    await db('tasks').where({ id }).update({ status: 'waiting_confirmation', attempt: 1 })
  })
  const { id: eve, client } = await api.user('eve')
  await api.admin.post(`${path}/users`, { user_id: eve, role: 'task_runner' })
  assert.equal((await client.post(`${path}/tasks/${id}/confirm`)).status, 204)
  assert.equal((await api.admin.post(`${path}/tasks/${id}/confirm`)).status, 204)
  const { answered_by, answered_by_name, user_name } = (
    await client.get(`${path}/tasks/${id}`)
  ).json()
  assert.deepEqual([answered_by, answered_by_name, user_name], [eve, 'eve', 'admin'])
})

test('only the newest are kept', async () => {
  const { store } = api.context
  const event = {
    created: 1,
    project_id: null,
    user_id: null,
    username: '',
    object_type: 'x',
    object_id: null,
    object_name: '',
    description: 'x',
  }
  const reached = eventsKept + 3000
  await store.commit(async (tx) => {
    await tx.db('events').insert({ ...event, id: reached - 2 })
    await insertEvent(tx, event)
    await insertEvent(tx, event)
  })
  const [oldest] = await store.read('events').orderBy('id').pluck('id')
  assert.ok(oldest > 2999 - 1000 && oldest >= reached - 2, `${oldest}`)
})
