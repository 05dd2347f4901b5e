/** Refuses what sade lets pass: unknown commands and flags, flags without their value, stray words. */
import { meant } from '../lib/config/problems.ts'
import { AppError } from '../lib/errors.ts'

/** The part of sade's tree that is read here. */
export type Tree = Record<string, Command | string>
interface Command {
  /** e.g. `<task>`; the command's own words are not in it. */
  usage: string
  /** A description that begins with a word in capitals names the flag's value: `FILE  the settings`. */
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
  const commands = Object.values(tree)
  const words = wordsOf(args, new Set(commands.flatMap((command) => flagsOf(command, true))))
  const first = args[0] as string
  if (isFlag(first) && [...help, ...version].includes(nameOf(first))) {
    return { args: [first], string: [], boolean: [] }
  }
  const name = commandOf(bin, tree, words)
  const command = tree[name] as Command
  const kinds = { string: flagsOf(command, true), boolean: [...flagsOf(command, false), ...help] }
  if (args.some((arg) => isFlag(arg) && help.includes(nameOf(arg)))) {
    return { args: [...name.split(' '), '--help'], ...kinds }
  }
  const tied = tieValues(`${bin} ${name}`, args, kinds)
  checkWords(`${bin} ${name}`, command.usage, words.slice(name.split(' ').length))
  return { args: tied, ...kinds }
}

/** The names of a command's flags that take a value, or of those that do not. */
function flagsOf(command: Command | string, withValue: boolean): string[] {
  if (typeof command === 'string') return []
  return command.options
    .filter(([, description]) => /^[A-Z]+\b {2}/.test(description) === withValue)
    .flatMap(([flags]) => flags.split(', ').map((flag) => flag.replace(/^-+/, '')))
}

/** What is neither a flag nor the value of one. */
function wordsOf(args: readonly string[], takesValue: ReadonlySet<string>): string[] {
  const words: string[] = []
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] as string
    if (arg === '--') return [...words, ...args.slice(index + 1)]
    if (!isFlag(arg)) words.push(arg)
    else if (takesValue.has(nameOf(arg)) && !arg.includes('=')) index += 1
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
  const refuse = (message: string, fix = `see \`${command} --help\``) =>
    new AppError('usage', message, { fix })
  const tied: string[] = []
  const seen = new Set<string>()
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] as string
    if (arg === '--') return [...tied, ...args.slice(index)]
    if (!isFlag(arg)) {
      tied.push(arg)
      continue
    }
    const name = nameOf(arg)
    const value = arg.includes('=') ? arg.slice(arg.indexOf('=') + 1) : undefined
    if (seen.has(name)) throw refuse(`--${name} is given twice`)
    seen.add(name)
    if (kinds.string.includes(name)) {
      const next = value ?? args[++index] ?? ''
      if (next === '' || (value === undefined && isFlag(next))) {
        throw refuse(`--${name}: expected a value, got none`)
      }
      tied.push(`--${name}=${next}`)
    } else if (kinds.boolean.includes(positive(name)) || kinds.string.includes(positive(name))) {
      if (value !== undefined) throw refuse(`--${name}: expected no value, got "${value}"`)
      tied.push(`--${name}`)
    } else {
      const near = meant(name, [...kinds.string, ...kinds.boolean])
      throw refuse(`unknown flag ${arg.split('=', 1)[0]}`, near && `did you mean --${near}?`)
    }
  }
  return tied
}

interface Kinds {
  string: readonly string[]
  boolean: readonly string[]
}

/** mri reads `--no-config` as config = false. */
function positive(name: string): string {
  return name.replace(/^no-/, '')
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
