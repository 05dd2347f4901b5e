/** FROM, JOIN, WHERE, ORDER BY and LIMIT in knex's words: which rows a query is about. */
import { type Condition, compareValues, find, type Join } from './find.ts'
import type { Value } from './schema.ts'
import type { Transaction } from './tables.ts'
import {
  columnIn,
  Raw,
  type Scope,
  type Source,
  splitAs,
  splitName,
  stored,
  type Term,
} from './terms.ts'

export interface Session {
  tx: Transaction
  /** False: whoever asks is dead, and is never answered. */
  alive(): boolean
  /** SQL with what depends on the connection written out. */
  said(sql: string): string
}

export type Values = Record<string, unknown>

const operators: Record<string, (difference: number) => boolean> = {
  '=': (difference) => difference === 0,
  '<>': (difference) => difference !== 0,
  '<': (difference) => difference < 0,
  '<=': (difference) => difference <= 0,
  '>': (difference) => difference > 0,
  '>=': (difference) => difference >= 0,
}

export abstract class Filter {
  protected readonly session: Session
  protected readonly from: Source
  readonly #joins: Join[] = []
  readonly #where: Condition[] = []
  readonly #order: { name: string; down: boolean }[] = []
  #limit = Number.POSITIVE_INFINITY

  constructor(session: Session, table: string) {
    this.session = session
    this.from = this.#source(table)
  }

  where(...args: unknown[]): this {
    const [first, second, third] = args
    if (typeof first === 'function') return this.#anyOf(first as (group: Either) => void)
    if (typeof first === 'object') {
      for (const [name, value] of Object.entries(first as Values)) this.#equals(name, value)
      return this
    }
    if (args.length === 2) return this.#equals(String(first), second)
    return this.#compares(String(first), String(second), third)
  }

  andWhere(...args: unknown[]): this {
    return this.where(...args)
  }

  whereNot(name: string, value: unknown): this {
    return this.#compares(name, '<>', value)
  }

  whereIn(name: string, values: readonly unknown[]): this {
    const wanted = new Set(values.map(stored))
    return this.#test(name, (value) => value !== null && wanted.has(value))
  }

  whereNotIn(name: string, values: readonly unknown[]): this {
    const unwanted = new Set(values.map(stored))
    return this.#test(name, (value) => value !== null && !unwanted.has(value))
  }

  whereNull(name: string): this {
    return this.#test(name, (value) => value === null)
  }

  whereNotNull(name: string): this {
    return this.#test(name, (value) => value !== null)
  }

  whereRaw(sql: string, bindings: readonly unknown[] = []): this {
    const raw = new Raw(this.session.said(sql), bindings)
    this.#where.push({ holds: (scope) => raw.valueIn(scope) === 1 })
    return this
  }

  join(table: string, ...on: unknown[]): this {
    return this.#join(table, on, false)
  }

  leftJoin(table: string, ...on: unknown[]): this {
    return this.#join(table, on, true)
  }

  orderBy(names: string | string[], direction = 'asc'): this {
    for (const name of [names].flat()) this.#order.push({ name, down: direction === 'desc' })
    return this
  }

  limit(count: number): this {
    this.#limit = count
    return this
  }

  abstract valueIn(scope: Scope): Value

  /** @param limit where it is not about these rows: it comes after what is made of them */
  protected found(outer?: Scope, limit = this.#limit): Scope[] {
    return find(this.session.tx, {
      from: this.from,
      joins: this.#joins,
      where: this.#where,
      order: this.#order,
      limit,
      outer,
    })
  }

  #equals(name: string, wanted: unknown): this {
    const value = stored(wanted)
    const holds = (scope: Scope) => value !== null && columnIn(scope, name) === value
    this.#where.push({ holds, equal: { name, value } })
    return this
  }

  #compares(name: string, operator: string, wanted: unknown): this {
    this.#where.push({ holds: comparison(name, operator, wanted) })
    return this
  }

  #anyOf(build: (group: Either) => void): this {
    const any: Condition['holds'][] = []
    const add: Either['where'] = (...args) => {
      any.push(comparison(...args))
      return group
    }
    const group: Either = { where: add, orWhere: add }
    build(group)
    this.#where.push({ holds: (scope) => any.some((holds) => holds(scope)) })
    return this
  }

  #test(name: string, test: (value: Value) => boolean): this {
    this.#where.push({ holds: (scope) => test(columnIn(scope, name)) })
    return this
  }

  #join(table: string, on: unknown[], left: boolean): this {
    const join: Join = { ...this.#source(table), left, on: [] }
    this.#joins.push(join)
    const add = (...args: unknown[]) => {
      const [one, other] = [String(args[0]), args.at(-1) as Term]
      const ours = splitName(one).alias === join.alias
      // `a.attempt = a.attempt` asks nothing.
      if (one !== other) {
        const column = splitName(ours ? one : String(other)).column
        join.on.push({ column, other: ours ? other : one })
      }
      return clause
    }
    const clause = { on: add, andOn: add }
    if (typeof on[0] === 'function') on[0](clause)
    else add(...on)
    return this
  }

  #source(table: string): Source {
    const [name, alias] = splitAs(table)
    return { schema: this.session.tx.schema(name), alias }
  }
}

/** `where(..).orWhere(..)` in brackets. */
interface Either {
  where(name: string, operator: string, wanted: unknown): Either
  orWhere: Either['where']
}

function comparison(name: string, operator: string, wanted: unknown): Condition['holds'] {
  const fits = operators[operator]
  if (fits === undefined) throw new TypeError(`the simulated database knows no ${operator}`)
  return (scope) => {
    const found = columnIn(scope, name)
    const value = wanted instanceof Filter ? wanted.valueIn(scope) : stored(wanted)
    return found !== null && value !== null && fits(compareValues(found, value))
  }
}
