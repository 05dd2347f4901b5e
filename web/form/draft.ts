/** What a form holds while somebody fills it in: a cell for each field, and what goes to the API. */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { Fault } from '../api/client.ts'
import type { FieldSpec, ItemsKind, Look } from './fields.ts'
import { type Held, kinds } from './kinds.ts'

export type Values = Record<string, unknown>
export interface Draft {
  cells: readonly Cell[]
  /** What it is in the API; empty if it is new. */
  origin: Values
}
export interface Cell {
  spec: FieldSpec
  held: Signal<Held | Item[]>
  /** What is wrong with just that; gone as soon as it is changed. */
  wrong: ReadonlySignal<string | undefined>
  blame(text: string | undefined): void
}
export interface Item extends Draft {
  key: number
}

export function draftOf(fields: readonly FieldSpec[], record: Values | undefined): Draft {
  return { cells: fields.map((spec) => cellOf(spec, record)), origin: record ?? {} }
}

function cellOf(spec: FieldSpec, record: Values | undefined): Cell {
  const given = (record && at(record, spec.name)) ?? spec.start
  const held = signal(spec.kind === 'items' ? itemsOf(spec, given) : kinds[spec.kind].read(given))
  const blamed = signal<{ text: string; of: unknown } | undefined>(undefined)
  return {
    spec,
    held,
    wrong: computed(() => (blamed.value?.of === held.value ? blamed.value.text : undefined)),
    blame(text) {
      blamed.value = text === undefined ? undefined : { text, of: held.peek() }
    },
  }
}

let items = 0
export function newItem({ fields }: Pick<ItemsKind, 'fields'>, record?: Values): Item {
  items += 1
  return { key: items, ...draftOf(fields, record) }
}

function itemsOf(spec: ItemsKind, given: unknown): Item[] {
  const all = spec.from ? spec.from(given) : ((given ?? []) as object[])
  return all.map((one) => newItem(spec, one as Values))
}

export const itemsIn = (cell: Cell) => cell.held.value as Item[]

export const lookIn =
  ({ cells, origin }: Draft): Look =>
  (name) => {
    const cell = cells.find(({ spec }) => spec.name === name)
    return cell ? cell.held.value : at(origin, name)
  }

export function shownOf(draft: Draft): Cell[] {
  const look = lookIn(draft)
  return draft.cells.filter(({ spec }) => spec.when?.(look) ?? true)
}

/** What is sent: what there was, with what the form shows; what it hides is left out. */
export function bodyOf(draft: Draft): Values {
  const body = structuredClone(draft.origin)
  for (const { spec } of draft.cells) put(body, spec.name, undefined)
  for (const cell of shownOf(draft)) put(body, cell.spec.name, written(cell))
  return body
}

function written(cell: Cell): unknown {
  const { spec } = cell
  if (spec.kind !== 'items') return kinds[spec.kind].write(cell.held.value as Held)
  const all = itemsIn(cell).map(bodyOf)
  return spec.to ? spec.to(all) : all
}

/** Marks what is wrong. @returns whether all is well */
export function check(draft: Draft): boolean {
  const look = lookIn(draft)
  const wells = shownOf(draft).map((cell) => {
    const wrong = faultOf(cell, look)
    cell.blame(wrong)
    const inside = cell.spec.kind === 'items' ? itemsIn(cell).map(check) : []
    return wrong === undefined && inside.every(Boolean)
  })
  return wells.every(Boolean)
}

/** As `check`, of one that was left; that it is empty is no fault before the form is sent. */
export function checkFilled(cell: Cell, look: Look): void {
  if (typeof cell.held.value === 'string' && cell.held.value.trim() !== '') {
    cell.blame(faultOf(cell, look))
  }
}

export const isRequired = ({ required }: FieldSpec, look: Look) =>
  typeof required === 'function' ? required(look) : (required ?? false)

function faultOf({ spec, held }: Cell, look: Look): string | undefined {
  if (typeof held.value !== 'string' || spec.kind === 'items') return undefined
  if (held.value.trim() === '') {
    return isRequired(spec, look) ? 'expected a value, got nothing' : undefined
  }
  return kinds[spec.kind].check?.(held.value) ?? spec.check?.(held.value, look)
}

/** Gives the API's faults to the fields that they name. @returns those that no field shows */
export function place(draft: Draft, faults: readonly Fault[]): Fault[] {
  return faults.filter(({ path, text }) => {
    const cell = cellAt(draft, path)
    cell?.blame(text)
    return cell === undefined
  })
}

function cellAt(draft: Draft, path: string): Cell | undefined {
  const cell = shownOf(draft).find(
    ({ spec: { name } }) => path === name || path.startsWith(`${name}.`),
  )
  if (cell?.spec.kind !== 'items') return cell
  const [index, ...rest] = path.slice(cell.spec.name.length + 1).split('.')
  const item = itemsIn(cell)[Number(index)]
  return (item && cellAt(item, rest.join('.'))) ?? cell
}

/** A name has at most one dot: what follows may have some itself. */
function parts(name: string): [outer: string, inner: string | undefined] {
  const dot = name.indexOf('.')
  return dot < 0 ? [name, undefined] : [name.slice(0, dot), name.slice(dot + 1)]
}

function at(record: Values, name: string): unknown {
  const [outer, inner] = parts(name)
  return inner === undefined ? record[outer] : (record[outer] as Values | undefined)?.[inner]
}

function put(body: Values, name: string, value: unknown): void {
  const [outer, inner] = parts(name)
  if (inner !== undefined) {
    const object = body[outer] as Values | undefined
    if (value !== undefined || object) body[outer] = withValue(object ?? {}, inner, value)
  } else if (value === undefined) delete body[outer]
  else body[outer] = value
}

function withValue(object: Values, name: string, value: unknown): Values {
  const { [name]: _old, ...rest } = object
  return value === undefined ? rest : { ...rest, [name]: value }
}
