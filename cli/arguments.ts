/** Refuses what sade lets pass: unknown commands and flags, flags without their value, stray words. */
import { meant } from '../lib/config/problems.ts'
import { AppError } from '../lib/errors.ts'

/** The part of sade's tree that is read here. */
export type Tree = Record<string, Command | string>
interface Command {
  describe?: readonly string[]
  /** e.g. `<task>`; the command's own words are not in it. */
  usage: string
  /**
   * A description that begins with a word in capitals names the flag's value: `FILE  the settings`.
   * `TAG,..  what for` may be given several times, and is one text with commas.
   */
  options: [flags: string, description: string][]
}

/** For sade and mri: the arguments with every value tied to its flag, and how to read the flags. */
export interface CheckedArguments {
  args: string[]
  string: string[]
  boolean: string[]
}

const help = ['help', 'h']
const version = ['version', 'v']

/** @throws AppError `usage` */
export function checkArguments(bin: string, tree: Tree, args: readonly string[]): CheckedArguments {
  const first = args[0] as string
  if (isFlag(first) && [...help, ...version].includes(nameOf(first))) {
    return { args: [first], string: [], boolean: [] }
  }
  const wantsHelp = args.some((arg) => isFlag(arg) && help.includes(nameOf(arg)))
  const all = kindsOf(Object.values(tree))
  // First of all, since the value of a mistyped flag looks like a word of the command.
  if (!wantsHelp) for (const arg of flagsIn(args)) expectKnown(bin, arg, all)
  const words = wordsOf(args, all.string)
  const name = commandOf(bin, tree, words)
  const command = tree[name] as Command
  const kinds = kindsOf([command])
  if (wantsHelp) return { args: [...name.split(' '), '--help'], ...kinds }
  const tied = tieValues(`${bin} ${name}`, args, kinds)
  checkWords(`${bin} ${name}`, command.usage, words.slice(name.split(' ').length))
  return { args: tied, ...kinds }
}

interface Kinds {
  string: string[]
  /** Those of `string` that may be given again. */
  list: string[]
  boolean: string[]
}

/** The names of the commands' flags: those that take a value, those that do not. */
function kindsOf(commands: readonly (Command | string)[]): Kinds {
  const kinds: Kinds = { string: [], list: [], boolean: [...help] }
  for (const command of commands) {
    if (typeof command === 'string') continue
    for (const [flag, description] of command.options) {
      const name = flag.replace(/^--/, '')
      const value = /^[A-Z]+(,\.\.)? {2}/.exec(description)
      kinds[value === null ? 'boolean' : 'string'].push(name)
      if (value?.[1] !== undefined) kinds.list.push(name)
    }
  }
  return kinds
}

/** The flags before a `--`. */
function flagsIn(args: readonly string[]): string[] {
  const end = args.indexOf('--')
  return args.slice(0, end === -1 ? undefined : end).filter(isFlag)
}

function expectKnown(command: string, arg: string, { string, boolean }: Kinds): void {
  const name = nameOf(arg)
  const known = [...string, ...boolean]
  // mri reads `--no-config` as config = false.
  if (known.includes(name) || known.includes(name.replace(/^no-/, ''))) return
  const near = meant(
    name,
    known.filter((flag) => flag.length > 1),
  )
  throw new AppError('usage', `unknown flag ${arg.split('=', 1)[0]}`, {
    fix: near === undefined ? `see \`${command} --help\`` : `did you mean --${near}?`,
  })
}

/** What is neither a flag nor the value of one. */
function wordsOf(args: readonly string[], takesValue: readonly string[]): string[] {
  const words: string[] = []
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] as string
    if (arg === '--') return [...words, ...args.slice(index + 1)]
    if (!isFlag(arg)) words.push(arg)
    else if (takesValue.includes(nameOf(arg)) && !arg.includes('=')) index += 1
  }
  return words
}

/** The longest command that the words begin with. */
function commandOf(bin: string, tree: Tree, words: readonly string[]): string {
  const names = Object.keys(tree).filter((name) => !name.startsWith('__'))
  for (let length = words.length; length > 0; length--) {
    const name = words.slice(0, length).join(' ')
    const found = tree[name]
    const more = length < words.length && names.some((other) => other.startsWith(`${name} `))
    if (found !== undefined && !more) return typeof found === 'string' ? found : name
  }
  throw unknownCommand(bin, names, words)
}

function unknownCommand(bin: string, names: readonly string[], words: readonly string[]): AppError {
  const typed = words.slice(0, 2).join(' ')
  const near = meant(typed, names)
  const group = names.filter((name) => name.startsWith(`${words[0]} `))
  const lists = group.length > 0 ? `there are: ${group.join(', ')}` : `\`${bin} --help\` lists all`
  return new AppError('usage', `expected a command, got ${typed === '' ? 'none' : `"${typed}"`}`, {
    fix: near === undefined ? lists : `did you mean \`${bin} ${near}\`?`,
  })
}

/** `--flag value` as `--flag=value`: mri takes a value that begins with a dash for another flag. */
function tieValues(command: string, args: readonly string[], kinds: Kinds): string[] {
  const refuse = (message: string) =>
    new AppError('usage', message, { fix: `see \`${command} --help\`` })
  const words: string[] = []
  const given = new Map<string, string>()
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] as string
    if (arg === '--') return [...words, ...given.values(), ...args.slice(index)]
    if (!isFlag(arg)) {
      words.push(arg)
      continue
    }
    const name = nameOf(arg)
    const value = arg.includes('=') ? arg.slice(arg.indexOf('=') + 1) : undefined
    const before = given.get(name)
    if (before !== undefined && !kinds.list.includes(name)) throw refuse(`--${name} is given twice`)
    expectKnown(command, arg, kinds)
    if (!kinds.string.includes(name)) {
      if (value !== undefined && !/^(true|false)$/.test(value)) {
        throw refuse(`--${name}: expected no value, true or false, got "${value}"`)
      }
      given.set(name, value === 'false' ? `--no-${name}` : `--${name}`)
      continue
    }
    const next = value ?? args[++index] ?? ''
    if (next === '' || (value === undefined && isFlag(next))) {
      throw refuse(`--${name}: expected a value, got none`)
    }
    given.set(name, before === undefined ? `--${name}=${next}` : `${before},${next}`)
  }
  return [...words, ...given.values()]
}

function checkWords(command: string, usage: string, words: readonly string[]): void {
  const fix = `see \`${command} --help\``
  const wanted = usage.split(' ').filter((part) => /^[<[]/.test(part))
  const missing = wanted.filter((part) => part.startsWith('<'))[words.length]
  if (missing !== undefined) throw new AppError('usage', `expected ${missing}, got none`, { fix })
  const stray = words[wanted.length]
  if (stray !== undefined) throw new AppError('usage', `unexpected argument "${stray}"`, { fix })
}

/** A lone dash is a value: standard input. */
function isFlag(arg: string): boolean {
  return arg.startsWith('-') && arg !== '-'
}

function nameOf(arg: string): string {
  return arg.replace(/^-+/, '').split('=', 1)[0] as string
}
