/** The layer table (docs/architecture.md) held against every import of the source tree. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { test } from 'node:test'

const root = dirname(import.meta.dirname)

/** folder -> the folders that it may import besides itself. The first matching prefix rules. */
const layers: [folder: string, allowed: string[]][] = [
  ['lib', []],
  ['broker', ['lib']],
  ['server/core', ['broker', 'lib']],
  ['server/store', ['server/core', 'broker', 'lib']],
  ['server/dispatch', ['server/store', 'server/core', 'broker', 'lib']],
  ['server/ingest', ['server/store', 'server/core', 'broker', 'lib']],
  ['server/feed', ['server/store', 'server/core', 'broker', 'lib']],
  [
    'server/http',
    [
      'server/dispatch',
      'server/ingest',
      'server/feed',
      'server/store',
      'server/config',
      'broker',
      'lib',
    ],
  ],
  ['server', ['broker', 'lib']],
  ['runner/core', ['broker', 'lib']],
  ['runner/disk', ['runner/core', 'broker', 'lib']],
  ['runner/job', ['runner/disk', 'runner/core', 'broker', 'lib']],
  ['runner/link', ['runner/disk', 'runner/core', 'broker', 'lib']],
  ['runner', ['broker', 'lib']],
  ['cli', ['server', 'runner', 'broker', 'lib']],
  ['web', []],
]

/** npm package -> its one home (a path prefix), or homes where two sides of the wire need it. */
const homes: Record<string, string[]> = {
  knex: ['server/store'],
  aedes: ['broker/embedded'],
  croner: ['server/core'],
  mqtt: ['broker/bus-mqtt'],
  execa: ['runner/job'],
  'isomorphic-git': ['runner/job', 'server/http'],
  sade: ['cli/commands'],
  '@clack/prompts': ['cli/prompts'],
  'jsonc-parser': ['lib/config'],
  yaml: ['lib/config'],
  fastify: ['server/http'],
  ws: ['server/http'],
  '@peculiar/x509': ['server/tls'],
  standardwebhooks: ['server/feed'],
  typebox: ['broker', 'server', 'runner', 'lib/config'],
  preact: ['web'],
  '@preact/signals': ['web'],
  cronstrue: ['web/views/schedules'],
  vite: ['web/vite.config.ts', 'cli/vite.config.ts'],
}

const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((path) => /^(cli\.ts|(lib|broker|server|runner|cli|web)\/.*\.tsx?)$/.test(path))
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))

test('every import stays inside the layer table', () => {
  assert.ok(sources.length > 20)
  for (const { path, specifier } of imports()) {
    if (!specifier.startsWith('.') || path === 'cli.ts') continue
    const target = relative(root, join(root, dirname(path), specifier))
    const [folder, allowed] = layers.find(([prefix]) => path.startsWith(`${prefix}/`)) ?? ['', []]
    const inside = [folder, ...allowed].some(
      (prefix) => target.startsWith(`${prefix}/`) || target === `${prefix}.ts`,
    )
    assert.ok(inside, `${path} imports ${target}: allowed are ${[folder, ...allowed].join(', ')}`)
  }
})

test('every npm package has its one home', () => {
  for (const { path, specifier } of imports()) {
    if (specifier.startsWith('.') || specifier.startsWith('node:')) continue
    assert.ok(!builtinModules.includes(specifier), `${path}: write node:${specifier}`)
    const name = specifier
      .split('/')
      .slice(0, specifier.startsWith('@') ? 2 : 1)
      .join('/')
    const found = homes[name] ?? (name.startsWith('@fastify/') ? homes.fastify : undefined)
    assert.ok(found, `${path} imports ${name}, which has no home in the table`)
    assert.ok(
      found.some((home) => path.startsWith(home)),
      `${path} imports ${name}: its home is ${found.join(', ')}`,
    )
  }
})

test('no file holds more than 250 lines', () => {
  for (const { path, text } of sources) {
    const lines = text.split('\n').length - 1
    assert.ok(lines <= 250, `${path} has ${lines} lines: what is the second idea in it?`)
  }
})

test('an import is a statement or a call, not a word in a text', () => {
  const text = `import 'a'
import type { b } from 'b'
import c, {
  d as e,
} from 'c'
export * from 'd'
const load = async () => (await import('e')).e
type F = import('f').F
const says = { import: 'no', text: \`no import 'no'\` } // from 'no'
export const from = 'no'
`
  assert.deepEqual(specifiersIn(text).toSorted(), ['a', 'b', 'c', 'd', 'e', 'f'])
})

function imports(): { path: string; specifier: string }[] {
  return sources.flatMap(({ path, text }) =>
    specifiersIn(text).map((specifier) => ({ path, specifier })),
  )
}

/** Of statements, which begin a line and hold names alone, and of calls. */
function specifiersIn(text: string): string[] {
  const forms = /^(?:import|export)\s+(?:[\w$*{},\s]+\sfrom\s+)?'([^']+)'|\bimport\(\s*'([^']+)'/gm
  return [...text.matchAll(forms)].map(([, statement, call]) => (statement ?? call) as string)
}
