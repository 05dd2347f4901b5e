/** What the query parameters of a list do: each documented value is asked for, and what comes must obey it. */
import type { Answer, Body } from '../kit/http.ts'
import type { Operation, Parameter } from './spec.ts'

type Query = Record<string, string>

/** Every sorting in both directions, and every value of the other parameters alone. */
export function queriesOf({ method, parameters }: Operation): Query[] {
  const queries = method === 'GET' ? parameters.filter(({ in: place }) => place === 'query') : []
  const [sorting, filters] = [
    queries.filter(({ name }) => name === 'sort' || name === 'order'),
    queries.filter(({ name }) => name !== 'sort' && name !== 'order'),
  ]
  const sorted = sorting.reduce<Query[]>(
    (all, one) => all.flatMap((query) => valuesOf(one).map((value) => ({ ...query, ...value }))),
    [{}],
  )
  return [...(sorting.length > 0 ? sorted : []), ...filters.flatMap(valuesOf)]
}

function valuesOf({ name, schema }: Parameter): Query[] {
  return (schema.enum ?? [schema.example]).map((value) => ({ [name]: String(value) }))
}

/** @returns e.g. `sort=name&order=desc: got "A", "B"`; nothing of a list that is not there */
export async function queryDifferences(
  operation: Operation,
  ask: (query: URLSearchParams) => Promise<Answer>,
): Promise<string[]> {
  const lines: string[] = []
  for (const query of queriesOf(operation)) {
    const { status, json } = await ask(new URLSearchParams(query))
    if (status === 404) return []
    const wrong =
      status < 300 && operation.answers.has(status)
        ? disobedience(query, json())
        : `answered ${status}`
    const asked = Object.entries(query).map((pair) => pair.join('='))
    if (wrong !== undefined) lines.push(`${asked.join('&')}: ${wrong}`)
  }
  return lines
}

/** Fields that are no texts, such as those of a repository's key, are sorted by what nobody sees here. */
function disobedience({ sort, order, ...filters }: Query, items: Body[]): string | undefined {
  const [[name, wanted] = []] = Object.entries(filters)
  const field = sort ?? name?.split(' ').at(-1)?.toLowerCase() ?? ''
  const got: unknown[] = items.map((item) => item[field])
  if (!got.every((value) => typeof value === 'string')) return undefined
  const right =
    sort === undefined ? got.filter((value) => value === wanted) : inOrder(got, order === 'desc')
  return `${got}` === `${right}`
    ? undefined
    : `got ${got.map((one) => JSON.stringify(one)).join(', ')}`
}

function inOrder(texts: readonly string[], descending: boolean): string[] {
  const ascending = [...texts].sort()
  return descending ? ascending.reverse() : ascending
}
