/** What the documentation says is so: links and paths exist, tables are equal, messages decode. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import type Type from 'typebox'
import { Value } from 'typebox/value'
import { decode, decodeChunk, decodeSigned, limits } from '../broker/codec.ts'
import { channels, type JsonChannel } from '../broker/messages.ts'
import { summaryBytes } from '../broker/summary.ts'
import { editorSchema } from '../lib/config/json-schema.ts'
import { type ErrorCode, errorCodes } from '../lib/errors.ts'
import { RunnerFile } from '../runner/config.ts'
import { grantWithinAtMostMs, grantWithinMs, repeatMs } from '../runner/core/late.ts'
import { stalledMs, uploadWindow } from '../runner/core/upload.ts'
import { ServerFile } from '../server/config/file.ts'
import { findingCodes } from '../server/core/explain/finding.ts'
import { statusOf } from '../server/http/errors.ts'
import { Explanation } from '../server/http/routes/task-explain.ts'
import { containerfile } from '../web/views/runners/containerfile.ts'
import { startApi } from './kit/api.ts'
import { rowsAfter, rowsIn, wordsIn } from './kit/tables.ts'

const root = dirname(import.meta.dirname)
const read = (path: string) => readFileSync(join(root, path), 'utf8')

const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)]
  .filter((path) => path.endsWith('.md'))
  .map((path) => ({ path, text: read(path) }))

const sources = ['broker', 'lib', 'runner', 'server']
  .flatMap((top) =>
    readdirSync(join(root, top), { recursive: true, encoding: 'utf8' }).map(
      (name) => `${top}/${name}`,
    ),
  )
  .filter((path) => path.endsWith('.ts'))

test('every link leads somewhere', () => {
  for (const { path, text } of pages) {
    for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      const [file, anchor] = (target as string).split('#')
      if (/^https?:/.test(target as string)) continue
      const at = file ? join(dirname(path), file) : path
      assert.ok(existsSync(join(root, at)), `${path} links to ${target}: no such file`)
      if (anchor === undefined) continue
      assert.ok(anchorsOf(read(at)).includes(anchor), `${path} links to ${target}: no such heading`)
    }
  }
})

test('every path of the source tree that is named exists', () => {
  let seen = 0
  for (const { path, text } of pages) {
    for (const [, name] of text.matchAll(/`((?:[\w.-]+\/)*[\w.-]+\.ts)`/g)) {
      seen += 1
      assert.ok(existsSync(join(root, name as string)), `${path} names ${name}: no such file`)
    }
  }
  assert.ok(seen > 40)
})

test('the layer table is the one that is held against the imports', () => {
  const page = read('docs/architecture.md')
  const source = read('test/layers.test.ts')
  assert.deepEqual(wordsAfter(page, 'layers'), Object.fromEntries(literal(source, 'layers')))
  assert.deepEqual(wordsAfter(page, 'homes'), literal(source, 'homes'))
})

test('every example of a message decodes, and every kind has one', () => {
  const shown = new Set<string>()
  for (const { language, text } of blocksOf(read('docs/protocol.md'))) {
    const [json, channel] = language.split(' ')
    if (json !== 'json') continue
    const kind = `${channel} ${JSON.parse(text).kind}`
    if (channel === 'signed') assert.ok(decodeSigned('result', Buffer.from(text)))
    else if (channel === 'chunk') decodeChunk(Buffer.from(`${text.trim()}\nhello world`))
    else decode(channel as JsonChannel, Buffer.from(text))
    shown.add(kind)
  }
  const kinds = Object.entries(channels).flatMap(([channel, schemas]) =>
    schemas.map((schema) => `${channel} ${schema.properties.kind.const}`),
  )
  assert.deepEqual([...shown].sort(), [...kinds, 'chunk chunk', 'signed signed'].sort())
})

test('the numbers of the wire are those of the code', () => {
  const page = read('docs/protocol.md')
  const number = (value: number) => value.toLocaleString('en')
  const rows = [
    `| a log message, header and body | ${number(limits.chunkMessage)} bytes |`,
    `| the log in it, decoded | 65,536 bytes; ${number(limits.chunkBytes)} always fit |`,
    `| a message from a runner / from the server | ${number(limits.fromRunner)} / ${number(limits.fromServer)} bytes |`,
    `| a job, as JSON | ${number(limits.job)} bytes |`,
    `| a summary | ${number(summaryBytes)} bytes |`,
    `| chunks ahead of the ack | ${uploadWindow} |`,
    `| a hello without welcome is repeated | after ${repeatMs / 1000} s |`,
    `| a grant counts | within ${grantWithinMs / 1000} s of its claim; each that was late doubles it, up to ${grantWithinAtMostMs / 1000} s |`,
    `| a log that gets no ack is sent again | after ${stalledMs / 1000} s |`,
  ]
  for (const row of rows) assert.ok(page.includes(row), `expected the row ${row}`)
})

test('the API page has every route and who may call it', async () => {
  const api = await startApi()
  try {
    const { paths } = (await api.stranger.get('/api/openapi.json')).json()
    const served: string[] = []
    for (const [path, methods] of Object.entries<Record<string, { 'x-access': string }>>(paths)) {
      for (const [method, { 'x-access': access }] of Object.entries(methods)) {
        served.push(`${path} ${method.toUpperCase()} ${access.replace('project:', '')}`)
      }
    }
    const told = rowsAfter(read('docs/api.md'), 'routes').flatMap(([path = '', calls = '']) =>
      calls.split(', ').map((call) => `${path.slice(1, -1)} ${call}`),
    )
    const full = told.map((route) => route.replace(/^{p}/, '/api/project/{project_id}'))
    assert.deepEqual(full.sort(), served.sort())
  } finally {
    await api.close()
  }
})

test('the page of errors has every code, and messages that are really said', () => {
  const page = read('docs/errors.md')
  const codes = rowsAfter(page, 'codes').map(([code, meaning, status]) => [code, meaning, status])
  const known = Object.entries(errorCodes)
  assert.deepEqual(
    codes,
    known.map(([code, meaning]) => [`\`${code}\``, meaning, String(statusOf[code as ErrorCode])]),
  )
  const source = sources.map(read).join('\n').replaceAll('\\`', '`')
  for (const table of page.split('<!-- messages -->\n').slice(1)) {
    for (const [message = ''] of rowsIn(table)) {
      for (const part of message.slice(1, -1).split('..')) {
        const words = part.trim()
        assert.ok(source.includes(words), `docs/errors.md says "${words}", and no source file does`)
      }
    }
  }
})

test('the page of explanations has every code, and an example of the API that is one', () => {
  const page = read('docs/explain.md')
  const told = rowsAfter(page, 'findings').map(([code = '', means]) => [code.slice(1, -1), means])
  assert.deepEqual(told, Object.entries(findingCodes))
  const [example] = blocksOf(page).filter(({ language }) => language === 'json')
  assert.ok(example && Value.Check(Explanation, JSON.parse(example.text)))
})

test('every cell of the table of apps is a test that exists, or is said to be none', () => {
  const page = read('docs/apps.md')
  const [, list = ''] = page.split('<!-- tests -->\n')
  const tests = new Map<string, string>()
  for (const [, number, path, name] of list.matchAll(/^(\d+)\. `([^`]+)` (.+)$/gm)) {
    // A suite for several apps puts app and kind around the name.
    const [, own = name] =
      /^(?:terraform|tofu|terragrunt): (.*) \((?:real|recorded contract)\)$/.exec(name ?? '') ?? []
    const code = read(path as string).replaceAll('\\', '')
    assert.ok(code.includes(`('${own}'`) || code.includes(`("${own}"`), `${path}: ${name}`)
    tests.set(number as string, name as string)
  }
  const used = new Set<string>()
  for (const [feature, ...cells] of rowsAfter(page, 'features')) {
    for (const cell of cells.filter((one) => one !== '' && one !== 'untested here')) {
      for (const number of cell.split(', ')) {
        assert.ok(tests.has(number), `${feature}: ${cell}`)
        used.add(number)
      }
    }
  }
  assert.deepEqual(
    [...tests.keys()],
    [...used].sort((a, b) => Number(a) - Number(b)),
  )
})

test('the page of settings has every setting, and no other', () => {
  const page = read('docs/configuration.md')
  const told = (heading: string) => {
    const [, section = ''] = page.split(`\n## ${heading}\n`)
    const rows = rowsIn(section.slice(section.indexOf('\n|')))
    return rows.flatMap(([names = '']) => [...names.matchAll(/`([^`]+)`/g)].map(([, key]) => key))
  }
  const shared = told('Server and runner')
  for (const [heading, schema] of [
    ['Server', ServerFile],
    ['Runner', RunnerFile],
  ] as const) {
    const all = [...new Set([...shared, ...told(heading)])]
    assert.deepEqual(all.sort(), [...settingsOf(schema)].sort(), heading)
  }
})

test('the JSON Schemas for editors are those of the code', () => {
  for (const [role, schema] of [
    ['server', ServerFile],
    ['runner', RunnerFile],
  ] as const) {
    const file = `docs/${role}.schema.json`
    const hint = `run: node --import tsx cli.ts config schema ${role} > ${file} && npm run fix`
    assert.deepEqual(JSON.parse(read(file)), editorSchema(schema, `Outstation ${role}`), hint)
  }
})

test('the Containerfile of the examples is that of the page', () => {
  assert.equal(read('examples/container/Containerfile'), `${containerfile}\n`)
})

/** Every leaf of a configuration's schema as a dotted path. */
function* settingsOf(schema: Type.TSchema, path = ''): Generator<string> {
  const { properties } = schema as { properties?: Record<string, Type.TSchema> }
  if (properties === undefined) return yield path
  for (const [key, inner] of Object.entries(properties)) {
    yield* settingsOf(inner, path === '' ? key : `${path}.${key}`)
  }
}

/** GitHub's anchors of the headings. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title]) =>
    (title as string)
      .toLowerCase()
      .replace(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  )
}

/** The fenced blocks of a page with what follows their opening fence. */
function blocksOf(text: string): { language: string; text: string }[] {
  return [...text.matchAll(/^```(\S.*)\n([\s\S]*?)^```$/gm)].map(([, language, block]) => ({
    language: language as string,
    text: block as string,
  }))
}

/** The words in code of the second cell, by that of the first. */
function wordsAfter(text: string, name: string): Record<string, string[]> {
  const rows = rowsAfter(text, name)
  return Object.fromEntries(rows.map(([first, second]) => [wordsIn(first)[0], wordsIn(second)]))
}

/** The value of a constant that is a plain literal in a source file. */
function literal(source: string, name: string) {
  const [, text] =
    new RegExp(`^const ${name}[^=]*= ([\\[{][\\s\\S]*?^[\\]}])$`, 'm').exec(source) ?? []
  assert.ok(text, `no constant ${name}`)
  return new Function(`return ${text}`)()
}
