/** What `--help` says of every command is what it takes: nothing more, nothing less. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { checkArguments, type Tree } from '../../cli/arguments.ts'
import { allCommands } from '../../cli/commands/index.ts'
import { bin, createProgram } from '../../cli/commands/program.ts'

interface Shown {
  usage: string
  describe: string[]
  options: [flags: string, description: string][]
  examples: string[]
  handler: () => void
}

const program = createProgram(allCommands)
const { tree } = program as unknown as { tree: Record<string, Shown | string> }
const commands = Object.entries(tree).filter(
  (entry): entry is [string, Shown] => !entry[0].startsWith('__') && typeof entry[1] !== 'string',
)
const cli = join(import.meta.dirname, '../../cli')

/** The interfaces of flags, by the file that has them or imports them, and then by name. */
function flagsOf(file: string, name: string): string[] {
  const text = readFileSync(join(cli, file), 'utf8')
  const own = new RegExp(`interface ${name}( extends (\\w+))? \\{\\n([^}]*)\\}`).exec(text)
  if (own === null) {
    const source = new RegExp(`import [^;']*\\b${name}\\b[^;']* from '([^']+)'`).exec(text)?.[1]
    assert.ok(source, `${file}: where is ${name}?`)
    return flagsOf(join(dirname(file), source), name)
  }
  const [, , base, body = ''] = own
  const fields = [...body.matchAll(/^ {2}'?([\w-]+)'?\?:/gm)].map(([, field]) => field as string)
  return base === undefined ? fields : [...flagsOf(file, base), ...fields]
}

/** The flags that the function of a command takes; the compiler sees that it reads no others. */
function taken(name: string, handler: string): string[] {
  const [, file, called] = /\bimport\("\.\.\/([^"]+)"\).*\)\)\.(\w+)\(/.exec(handler) ?? []
  if (file === undefined) return []
  const text = readFileSync(join(cli, file), 'utf8')
  const head = new RegExp(`export [^\\n]*\\b${called}\\b(?: = )?(?:async )?\\(([^)]*)\\)`).exec(
    text,
  )
  assert.ok(head, `${name}: where is ${called} of ${file}?`)
  const type = /(\w+Flags)\b/.exec(head[1] as string)?.[1]
  return type === undefined ? [] : flagsOf(file, type)
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

test('the help of each command has the flags that it takes, and no others', () => {
  const counts = commands.map(([name, { options, handler }]) => {
    const declared = options.map(([flag]) => flag.replace(/^--/, '')).toSorted()
    assert.deepEqual(declared, taken(name, String(handler)).toSorted(), name)
    return declared.length
  })
  assert.ok(counts.filter((count) => count > 0).length > 30)
})

test('every flag says what its value is, or that it has none', () => {
  for (const [name, { options }] of commands) {
    for (const [flag, description] of options) {
      assert.match(description, /^([A-Z]+(,\.\.)? {2})?[A-Z]/, `${name} ${flag}`)
    }
  }
})
