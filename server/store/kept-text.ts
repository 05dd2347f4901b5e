/**
 * Statements that a task waits for on its way to a runner. Knex puts a statement together anew each time,
 * which takes longer than SQLite takes to carry it out; so of these the text is made once, and only the
 * values are new.
 */
import type { Knex } from 'knex'

type Value = string | number | boolean | null

/** Carries out a statement as it is written. @returns its rows; of one that only writes none */
export type Ask = (sql: string, values: readonly unknown[]) => Promise<unknown[]>

const ask = Symbol('ask')

/** The same, asked by this for what is kept. A database that knows no SQL goes without. */
export function askedBy(by: Ask, db: Knex): Knex {
  return new Proxy(db, {
    get: (target, name) => (name === ask ? by : Reflect.get(target, name)),
  })
}

/** Stands in the text where the value of this name goes. */
class Slot {
  readonly name: string
  constructor(name: string) {
    this.name = name
  }
}

/**
 * @param build the statement with these values in it; it must not look at them, as all that it gets are
 *   stand-ins, and compare nothing with one that may be null: `= null` is another text than `is null`
 * @returns what carries it out and resolves with its rows, so `build` says `limit(1)` and not `first()`;
 *   there is one text for all calls whose values have the same names
 */
export function kept<Values extends { [Name in keyof Values]?: Value | undefined }, Row = unknown>(
  build: (db: Knex, values: Values) => PromiseLike<Row[]>,
): (db: Knex, values: Values) => Promise<Row[]> {
  const texts = new Map<string, Knex.Sql>()
  return async (db, values) => {
    const by = (db as { [ask]?: Ask })[ask]
    if (by === undefined) return await build(db, values)
    // What is undefined is not given, as knex has it.
    const names = Object.keys(values).filter((name) => values[name as keyof Values] !== undefined)
    const key = names.join()
    const text = texts.get(key) ?? written(build(db, slots(names) as Values))
    texts.set(key, text)
    const given = text.bindings.map((one) =>
      one instanceof Slot ? values[one.name as keyof Values] : one,
    )
    return (await by(text.sql, given)) as Row[]
  }
}

function slots(names: readonly string[]): unknown {
  return Object.fromEntries(names.map((name) => [name, new Slot(name)]))
}

function written(statement: unknown): Knex.Sql {
  return (statement as Knex.QueryBuilder).toSQL()
}
