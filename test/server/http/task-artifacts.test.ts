import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Api, startApi } from '../../kit/api.ts'
import { type Brought, bringBack } from '../../kit/brought.ts'
import { makeProject, type Project } from '../../kit/project.ts'

let api: Api
let project: Project
before(async () => {
  api = await startApi()
  project = await makeProject(api.admin, 'Plant')
})
after(() => api.close())

async function bring(file: Brought): Promise<string> {
  const task = await bringBack(api, project, [file])
  return `${project.path}/tasks/${task}/artifacts`
}

test('names are any text, and no part of an answer but JSON and a file name in quotes', async () => {
  const names = {
    '../../etc/passwd': `filename="passwd"; filename*=UTF-8''passwd`,
    'a\r\nset-cookie: x=1': `filename="a__set-cookie_ x_1"; filename*=UTF-8''a%0D%0Aset-cookie%3A%20x%3D1`,
    'd/"quo\\te".html': `filename="_quo_te_.html"; filename*=UTF-8''%22quo%5Cte%22.html`,
    "ünï'(c)*": `filename="_n__(c)_"; filename*=UTF-8''%C3%BCn%C3%AF%27%28c%29%2a`,
    '\ufffd': `filename="_"; filename*=UTF-8''%EF%BF%BD`,
  }
  for (const [name, disposition] of Object.entries(names)) {
    const path = await bring({ name, content: '<script>' })
    const [{ sha256, ...told }] = (await api.admin.get(path)).json()
    assert.deepEqual(told, { id: 1, name, bytes: 8, problem: null })
    const { status, headers, text } = await api.admin.get(`${path}/1`)
    assert.deepEqual([status, text], [200, '<script>'])
    assert.equal(headers['content-disposition'], `attachment; ${disposition}`)
    assert.equal(headers['set-cookie'], undefined)
    assert.equal(headers.etag, `"${sha256}"`)
    assert.equal(headers['content-type'], 'application/octet-stream')
  }
})

test('a part of a file: one range, wherever it lies in the pieces that came', async () => {
  const content = Buffer.alloc(40_000, 0).map((_, at) => at % 251)
  const file = { name: 'a', content: Buffer.from(content) }
  const task = await bringBack(api, project, [{ name: 'b', content: 'before' }, file])
  const path = `${project.path}/tasks/${task}/artifacts/2`
  const ask = (headers: Record<string, string>) => api.admin.send('GET', path, { headers })
  const whole = await ask({})
  assert.equal(whole.headers['accept-ranges'], 'bytes')
  for (const [range, first, last] of [
    ['0-0', 0, 0],
    ['15359-15360', 15_359, 15_360],
    ['100-39998', 100, 39_998],
    ['30720-', 30_720, 39_999],
    ['39999-99999', 39_999, 39_999],
    ['-500', 39_500, 39_999],
    ['-99999', 0, 39_999],
  ] as const) {
    const { status, bytes, headers } = await ask({ range: `bytes=${range}` })
    assert.equal(status, 206, range)
    assert.equal(headers['content-range'], `bytes ${first}-${last}/40000`)
    assert.equal(headers['content-length'], String(last + 1 - first))
    assert.ok(bytes.equals(content.subarray(first, last + 1)), range)
  }
  for (const range of ['bytes=40000-', 'bytes=-0', 'bytes=99999-999999']) {
    const { status, headers, text } = await ask({ range })
    assert.deepEqual([status, headers['content-range']], [416, 'bytes */40000'], range)
    assert.deepEqual(JSON.parse(text), {
      error: 'range: expected a part of 40000 bytes, got none of them',
    })
  }
  for (const range of ['bytes=-', 'bytes=5-1', 'bytes=0-1,4-5', 'lines=0-1', 'bytes=x'])
    assert.equal((await ask({ range })).status, 200, range)
  const part = { range: 'bytes=5-9' }
  assert.equal((await ask({ ...part, 'if-range': String(whole.headers.etag) })).status, 206)
  assert.equal((await ask({ ...part, 'if-range': '"another"' })).status, 200)
  const empty = await bring({ name: 'e', content: '' })
  const none = await api.admin.send('GET', `${empty}/1`, { headers: { range: 'bytes=0-' } })
  assert.equal(none.status, 416)
})

test('a guest sees the list, and downloads nothing', async () => {
  const path = await bring({ name: 'a', content: '1' })
  const guest = await api.user('guest')
  assert.equal((await guest.client.get(path)).status, 404)
  await api.admin.post(`${project.path}/users`, { user_id: guest.id, role: 'guest' })
  assert.equal((await guest.client.get(path)).json().length, 1)
  assert.equal((await guest.client.get(`${path}/1`)).status, 403)
})

test('what did not come, and what is not there', async () => {
  const path = await bring({ name: 'a', content: '1', problem: 'it is too large' })
  const { status, text } = await api.admin.get(`${path}/1`)
  assert.deepEqual([status, JSON.parse(text)], [404, { error: 'artifact 1: it is too large' }])
  assert.equal((await api.admin.get(`${path}/2`)).status, 404)
  assert.equal((await api.admin.get(`${path}/0`)).status, 400)
  assert.equal((await api.admin.get(`${project.path}/tasks/999/artifacts`)).status, 404)
})

test('a task that is deleted takes its files with it', async () => {
  const id = await bringBack(api, project, [{ name: 'a', content: 'x'.repeat(50_000) }])
  const { store } = api.context
  const left = async () => {
    const tables = ['artifacts', 'file_chunks']
    const counts = tables.map((name) => store.read(name).where({ task_id: id }).pluck('seq'))
    return (await Promise.all(counts)).map(({ length }) => length)
  }
  assert.deepEqual(await left(), [1, 5])
  await store.commit(({ db }) => db('tasks').where({ id }).update({ status: 'success' }))
  assert.equal((await api.admin.delete(`${project.path}/tasks/${id}`)).status, 204)
  assert.deepEqual(await left(), [0, 0])
})

test('a template says which files; a client that knows nothing of them does not change that', async () => {
  const one = `${project.path}/templates/${project.template}`
  const { id, project_id, warnings, artifacts, ...template } = (await api.admin.get(one)).json()
  assert.deepEqual(artifacts, [])
  const put = (more: object) => api.admin.put(one, { ...template, ...more })
  assert.equal((await put({ artifacts: ['a', 'out/', '**/*.xml'] })).status, 204)
  assert.equal((await put({})).status, 204)
  assert.deepEqual((await api.admin.get(one)).json().artifacts, ['a', 'out/', '**/*.xml'])
  for (const bad of ['/etc/passwd', '../x', 'a/../../x', 'a\0']) {
    const { status, text } = await put({ artifacts: ['ok', bad] })
    assert.equal(status, 400)
    assert.match(text, /artifacts\.1: expected a path below the repository such as/)
  }
  for (const bad of ['a', [''], [1], Array(101).fill('a'), ['x'.repeat(1025)]]) {
    assert.equal((await put({ artifacts: bad })).status, 400)
  }
  assert.equal((await put({ artifacts: null })).status, 204)
  assert.deepEqual((await api.admin.get(one)).json().artifacts, [])
})
