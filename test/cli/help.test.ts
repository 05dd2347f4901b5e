/** What `--help` says of every command is what it takes: nothing more, nothing less. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkArguments, type Tree } from '../../cli/arguments.ts'
import { bin, createProgram } from '../../cli/commands/index.ts'

interface Shown {
  usage: string
  describe: string[]
  options: [flags: string, description: string][]
  examples: string[]
}

const program = createProgram()
const { tree } = program as unknown as { tree: Record<string, Shown | string> }
const commands = Object.entries(tree).filter(
  (entry): entry is [string, Shown] => !entry[0].startsWith('__') && typeof entry[1] !== 'string',
)
const cli = join(import.meta.dirname, '../../cli')
const sources = readdirSync(cli, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.startsWith('commands/'))
  .map((path) => readFileSync(join(cli, path), 'utf8'))
  .join('\n')

/** Every flag that some command reads: by the interfaces of flags, or one by one. */
function flagsRead(): Set<string> {
  const interfaces = [...sources.matchAll(/interface \w*Flags\b[^{]*\{([^}]*)\}/g)]
  const fields = interfaces.flatMap(([, body = '']) => [
    ...body.matchAll(/^ {2}'?([\w-]+)'?\??:/gm),
  ])
  const single = [...sources.matchAll(/(?:\btext\('|\bflags\.|\bflags\[')([\w-]+)(?![\w-]*\()/g)]
  return new Set([...fields, ...single].map(([, name]) => name as string))
}

test('every command has a description and examples that it takes', () => {
  assert.ok(commands.length > 30)
  for (const [name, { describe, examples, usage }] of commands) {
    assert.ok(describe[0], `${name}: says nothing`)
    assert.ok(examples.length > 0, `${name}: has no example`)
    for (const example of examples) {
      const [words = ''] = example.split(/ [<>|] /)
      assert.ok(
        words === name || words.startsWith(`${name} `),
        `${name}: its example is ${example}`,
      )
      const { args } = checkArguments(bin, tree as unknown as Tree, words.split(' '))
      assert.ok(args.join(' ').startsWith(name), `${example} is ${args}; usage ${usage}`)
    }
  }
})

test('every flag in the help is read, and every flag that is read is in the help', () => {
  const declared = commands.flatMap(([, { options }]) =>
    options.map(([flag]) => flag.replace(/^--/, '')),
  )
  const read = flagsRead()
  assert.ok(read.size > 30)
  for (const name of declared) assert.ok(read.has(name), `--${name} is in the help, and not read`)
  for (const name of read) {
    assert.ok(declared.includes(name), `--${name} is read, and in the help of no command`)
  }
})

test('every flag says what its value is, or that it has none', () => {
  for (const [name, { options }] of commands) {
    for (const [flag, description] of options) {
      assert.match(description, /^([A-Z]+(,\.\.)? {2})?[A-Z]/, `${name} ${flag}`)
    }
  }
})
