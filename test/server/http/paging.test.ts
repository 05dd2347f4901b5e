/** Long lists: page by page, and not again what is known already. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Api, startApi } from '../../kit/api.ts'
import type { Body } from '../../kit/http.ts'
import { makeProject, type Project } from '../../kit/project.ts'

let api: Api
let project: Project
before(async () => {
  api = await startApi()
  project = await makeProject(api.admin, 'p')
})
after(() => api.close())

const start = () => api.admin.post(`${project.path}/tasks`, { template_id: project.template })

/** Follows the links to the end; `between` happens after each page. */
async function walk(first: string, between = async () => {}): Promise<number[][]> {
  const pages: number[][] = []
  for (let next: string | undefined = first; next !== undefined; ) {
    const answer = await api.admin.get(next)
    assert.equal(answer.status, 200, answer.text)
    pages.push(answer.json().map(({ id }: Body) => id))
    next = /^<([^>]+)>; rel="next"$/.exec(String(answer.headers.link ?? ''))?.[1]
    await between()
  }
  return pages
}

test('pages follow each other without a gap or a repetition, whatever comes meanwhile', async () => {
  for (let n = 0; n < 6; n += 1) await start()
  for (const path of [`${project.path}/tasks`, `${project.path}/events`, '/api/events']) {
    const known: number[] = (await api.admin.get(path)).json().map(({ id }: Body) => id)
    const pages = await walk(`${path}?limit=3`, async () => void (await start()))
    assert.deepEqual(pages.flat(), known, path)
    assert.ok(pages.slice(0, -1).every(({ length }) => length === 3))
  }
})

test('the link keeps what else was asked, and a list that has ended has none', async () => {
  const query = `template_id=${project.template}&limit=2`
  const { headers } = await api.admin.get(`${project.path}/tasks?${query}`)
  assert.match(
    String(headers.link),
    new RegExp(`template_id=${project.template}&limit=2&before=\\d+>`),
  )
  const empty = await api.admin.get(`${project.path}/tasks?before=1`)
  assert.deepEqual([empty.json(), empty.headers.link], [[], undefined])
  for (const wrong of ['before=0', 'before=x', 'limit=0', 'limit=1000000']) {
    assert.equal((await api.admin.get(`${project.path}/tasks?${wrong}`)).status, 400, wrong)
  }
})

test('deliveries of a webhook come page by page, too', async () => {
  const hook = { name: 'h', url: 'https://hook.example/' }
  const { id } = (await api.admin.post(`${project.path}/webhooks`, hook)).json()
  for (let n = 0; n < 3; n += 1) await api.admin.post(`${project.path}/webhooks/${id}/test`)
  const pages = await walk(`${project.path}/webhooks/${id}/deliveries?limit=2`)
  assert.deepEqual(
    pages.map(({ length }) => length),
    [2, 1],
  )
})

test('an answer that is known already is not sent again', async () => {
  const path = `${project.path}/tasks`
  const first = await api.admin.get(path)
  const etag = String(first.headers.etag)
  assert.match(etag, /^W\/"[\w-]{22}"$/)
  const ask = (known: string) => api.admin.with({ 'if-none-match': known }).get(path)
  for (const known of [etag, `"other", ${etag}`]) {
    const again = await ask(known)
    assert.deepEqual([again.status, again.text, again.headers.etag], [304, '', etag])
  }
  assert.equal((await ask('"other"')).status, 200)
  await start()
  const changed = await ask(etag)
  assert.equal(changed.status, 200)
  assert.notEqual(changed.headers.etag, etag)
  assert.equal((await api.admin.get('/api/project/999')).headers.etag, undefined)
})
