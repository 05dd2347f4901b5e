/**
 * The few words of SQL that are said raw in server/store: `coalesce(a, b)`, `a = b`, `tries + 1`, `?`.
 * Compiled once for each text.
 */
import type { Value } from './schema.ts'

/** Gives the value of a column, `table.column` or `column`. */
export type Columns = (name: string) => Value | undefined
export type Expression = (columns: Columns, bindings: readonly unknown[]) => Value | undefined

const compiled = new Map<string, Expression>()

/** @throws SyntaxError for words that are not known here yet */
export function expressionOf(sql: string): Expression {
  let expression = compiled.get(sql)
  if (expression === undefined) {
    expression = new Parser(sql).parse()
    compiled.set(sql, expression)
  }
  return expression
}

const operators: Record<string, (a: NonNullable<Value>, b: NonNullable<Value>) => Value> = {
  '=': (a, b) => Number(a === b),
  '<=': (a, b) => Number(a <= b),
  '>': (a, b) => Number(a > b),
  '+': (a, b) => Number(a) + Number(b),
}

class Parser {
  readonly #sql: string
  readonly #tokens: string[]
  #at = 0
  #bindings = 0

  constructor(sql: string) {
    this.#sql = sql
    this.#tokens = sql.match(/\?\?|\?|<=|[=>+(),]|'[^']*'|[\w.]+|\S/g) ?? []
  }

  parse(): Expression {
    const expression = this.#sum()
    if (this.#at < this.#tokens.length) throw this.#unknown()
    return expression
  }

  #sum(): Expression {
    const left = this.#term()
    const operator = operators[this.#tokens[this.#at] ?? '']
    if (operator === undefined) return left
    this.#at += 1
    const right = this.#term()
    return (columns, bindings) => {
      const [a, b] = [left(columns, bindings) ?? null, right(columns, bindings) ?? null]
      return a === null || b === null ? null : operator(a, b)
    }
  }

  #term(): Expression {
    const token = this.#tokens[this.#at++]
    if (token === undefined) throw this.#unknown()
    if (token === '?') {
      const index = this.#bindings++
      return (_, bindings) => bindings[index] as Value
    }
    if (token === '??') {
      const index = this.#bindings++
      return (columns, bindings) => columns(String(bindings[index]))
    }
    if (token.toLowerCase() === 'coalesce') return this.#coalesce()
    if (/^\d+$/.test(token)) return () => Number(token)
    if (token.startsWith("'")) return () => token.slice(1, -1)
    if (/^[a-z_][\w.]*$/i.test(token)) return (columns) => columns(token)
    throw this.#unknown()
  }

  #coalesce(): Expression {
    const values: Expression[] = []
    if (this.#tokens[this.#at] !== '(') throw this.#unknown()
    do {
      this.#at += 1
      values.push(this.#term())
    } while (this.#tokens[this.#at] === ',')
    if (this.#tokens[this.#at++] !== ')') throw this.#unknown()
    return (columns, bindings) => {
      for (const value of values) {
        const found = value(columns, bindings)
        if (found !== null && found !== undefined) return found
      }
      return null
    }
  }

  #unknown(): SyntaxError {
    return new SyntaxError(
      `the simulated database (test/simulator/database) does not know this SQL: ${this.#sql}`,
    )
  }
}
