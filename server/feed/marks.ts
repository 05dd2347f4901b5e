/**
 * Where the parts of a log begin that its tool itself calls by a name: a viewer folds by them, and their
 * times are how long each phase took. Found by how the lines begin, so a log can name parts that it has
 * not: that harms nobody, since nothing is decided by them.
 */
import type { Knex } from '../store/owned.ts'
import { type Counting, LogTallies } from './tally.ts'

const beginnings = {
  prepare: 'Preparing: \\d+$',
  repository: '(?:Cloning|Updating) \\S+ \\(',
  /** The repository is there: what runs it follows. */
  head: 'HEAD is now at [0-9a-f]{7} |Using \\S+ in place',
  galaxy: 'Starting galaxy (?:role|collection) install',
  play: 'PLAY \\[',
  task: '(?:TASK|RUNNING HANDLER) \\[',
  recap: 'PLAY RECAP \\*',
  init: 'Initializing the backend\\.\\.\\.',
  plan: '(?:Terraform|OpenTofu) used the selected providers|No changes\\. ',
  resource: '  # \\S+',
  planned: 'Plan:(?:\\x1b\\[0m)? \\d+ to ',
  confirmation: 'Waiting for confirmation$',
  apply: 'Confirmed$',
} as const
export type MarkKind = keyof typeof beginnings
export const markKinds = Object.keys(beginnings) as MarkKind[]

export interface Mark {
  kind: MarkKind
  /** Number of the line, from 0. */
  line: number
  /** Of the piece that it came with, ms. */
  at: number
}

interface Marks {
  marks: Mark[]
  /** Lines that have ended. */
  lines: number
  /** How the line begins that has not. */
  pending: string
  /** How far Terraform is. */
  changing?: 'planned' | 'applied'
}

/** A log with more has only these: a viewer shows the rest as one. */
export const mostMarks = 5000
/** No line that is looked for is told from others by more, escapes included; in bytes. */
const longestBeginning = 200

const named = Object.entries(beginnings).map(([kind, text]) => `(?<${kind}>${text})`)
const colours = '(?:\\x1b\\[[0-9;]*m)*'
// Terragrunt puts a time and a name before each line of the program that it runs.
const beginning = new RegExp(
  `^${colours}(?:\\S+ STDOUT \\S+ )?${colours}(?:${named.join('|')})`,
  'gm',
)

const counting: Counting<Marks> = {
  nothing: () => ({ marks: [], lines: 0, pending: '' }),
  copy: (count) => ({ ...count, marks: [...count.marks] }),
  add(count, { at, bytes }) {
    // Byte by byte: what is looked for is ASCII.
    const text = count.pending + Buffer.from(bytes).toString('latin1')
    const end = text.lastIndexOf('\n') + 1
    const whole = text.slice(0, end)
    let from = 0
    for (const found of count.marks.length < mostMarks ? whole.matchAll(beginning) : []) {
      count.lines += newlinesIn(whole, from, found.index)
      from = found.index
      const kind = kindOf(found.groups as Record<MarkKind, string>, count)
      if (kind && count.marks.length < mostMarks) count.marks.push({ kind, line: count.lines, at })
    }
    count.lines += newlinesIn(whole, from, end)
    count.pending = text.slice(end, end + longestBeginning)
  },
}

export class LogMarks {
  readonly #tallies: LogTallies<Marks>

  constructor(db: Knex) {
    this.#tallies = new LogTallies(db, counting)
  }

  /** In the order of their lines, of those that have ended. */
  async of(task: number, attempt: number): Promise<Mark[]> {
    return (await this.#tallies.of(task, attempt)).count.marks
  }
}

/** Terraform plans once more when it applies: what it prints then belongs to that. */
function kindOf(groups: Record<MarkKind, string>, before: Marks): MarkKind | undefined {
  const kind = markKinds.find((name) => groups[name] !== undefined)
  if (kind === 'apply') before.changing = 'applied'
  if (kind !== 'plan') return kind
  const was = before.changing
  before.changing = was === undefined ? 'planned' : 'applied'
  return was === undefined ? 'plan' : was === 'planned' ? 'apply' : undefined
}

function newlinesIn(text: string, from: number, end: number): number {
  let count = 0
  for (let at = text.indexOf('\n', from); at >= 0 && at < end; at = text.indexOf('\n', at + 1))
    count += 1
  return count
}
