import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, test } from 'node:test'
import { html } from '../../../server/http/api-page/html.ts'
import { apiPage } from '../../../server/http/api-page/page.ts'
import { typeOf } from '../../../server/http/api-page/schema.ts'
import { type Api, startApi } from '../../kit/api.ts'

let api: Api
before(async () => {
  api = await startApi()
})
after(() => api.close())

test('the page has every operation, with who may call it', async () => {
  const page = await api.stranger.get('/api/docs')
  assert.equal(page.status, 200)
  assert.equal(page.headers['content-type'], 'text/html; charset=utf-8')
  const { paths } = (await api.stranger.get('/api/openapi.json')).json()
  const rows = page.text.split('<details>').slice(1)
  const shown = rows.map((row) => {
    const [, method, path, access] =
      /<b class="\w+">(\w+)<\/b> <code>([^<]+)<\/code>[\s\S]*?<em>([^<]+)<\/em>/.exec(row) ?? []
    return `${method} ${path} ${access}`
  })
  const served = Object.entries<Record<string, { 'x-access': string }>>(paths).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(
        ([method, one]) => `${method.toUpperCase()} ${path} ${one['x-access']}`,
      ),
  )
  assert.deepEqual(shown.sort(), served.sort())
  const keys = rows.find((row) =>
    row.includes('<b class="POST">POST</b> <code>/api/project/{project_id}/keys<'),
  )
  assert.match(keys ?? '', /<code>ssh\.private_key<\/code><\/td><td>string or null<\/td><td><\/td>/)
  assert.match(
    keys ?? '',
    /<code>name<\/code><\/td><td>string, at least 1 long, at most 255 long<\/td><td>required</,
  )
})

test('its style is all that it may use, and its script is none', async () => {
  const { text, headers } = await api.stranger.get('/api/docs')
  const [, style = ''] = /<style>([\s\S]*)<\/style>/.exec(text) ?? []
  const hash = createHash('sha256').update(style).digest('base64')
  const policy = String(headers['content-security-policy'])
  assert.ok(policy.startsWith(`default-src 'none'; style-src 'sha256-${hash}'`), policy)
  assert.ok(!/<script|\son\w+=|style="|https?:/.test(text))
})

test('what a document says is text, never markup', () => {
  assert.equal(html`<p>${'<b title="x">&'}</p>`.text, '<p>&#60;b title=&#34;x&#34;&#62;&#38;</p>')
  const page = apiPage({
    info: { title: '<i>', version: '1' },
    paths: { '/a': { get: { summary: '</details><script>' } } },
  })
  assert.ok(!/<script>|<i>/.test(page))
})

test('types in a few words', () => {
  assert.equal(
    typeOf({ anyOf: [{ type: 'integer', minimum: 0 }, { type: 'null' }] }),
    'integer, at least 0 or null',
  )
  assert.equal(typeOf({ enum: ['asc', 'desc'] }), '"asc" | "desc"')
  assert.equal(typeOf({ items: { type: 'string', format: 'date-time' } }), 'list of date-time')
  assert.equal(typeOf({}), 'anything')
})
