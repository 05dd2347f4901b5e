/** Carries out every operation of a document and judges its answer. */
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { systemClock } from '../../lib/clock.ts'
import type { Answer, Client, SendOptions } from '../kit/http.ts'
import { differences } from './compare.ts'
import { exampleOf } from './example.ts'
import { createFixtures, type Fixtures } from './fixtures.ts'
import { queriesOf, queryDifferences } from './queries.ts'
import { before, bodies } from './requests.ts'
import type { Operation, Schema, Spec } from './spec.ts'

export interface Finding {
  /** Such as `GET /project/{project_id}/keys`. */
  operation: string
  verdict: 'answered' | 'differs' | 'missing'
  /** What differs, a line each. */
  differences: string[]
}

export interface Target {
  /** As an administrator. */
  api: Client
  /** https://.. */
  url: string
  ca: string
  token: string
  /** A repository that holds `hello.sh`. */
  gitUrl: string
}

export async function walk({ basePath, operations }: Spec, target: Target): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const [serial, one] of operations.entries()) {
    const operation = `${one.method} ${one.path}`
    const fixtures = createFixtures({ ...target, basePath, serial }, one.path)
    const member = operations.flatMap(({ path }) => memberOf(one.path, path) ?? [])[0]
    const listed = before[operation] ?? (one.method === 'GET' ? member : undefined)
    if (listed !== undefined) await fixtures.id(listed)
    if (member !== undefined && queriesOf(one).length > 0) await fixtures.another(member)
    const url = `${basePath}${await fixtures.path(one.path)}`
    const found = one.socket
      ? await connect(url, target)
      : await call(one, target.api, await request(one, url, fixtures))
    const asked = (query: URLSearchParams) => target.api.get(`${url}?${query}`)
    findings.push({ operation, ...and(found, await queryDifferences(one, asked)) })
  }
  return findings
}

function and({ verdict, differences }: Found, more: string[]): Found {
  const all = [...differences, ...more]
  return {
    verdict: more.length > 0 && verdict === 'answered' ? 'differs' : verdict,
    differences: all,
  }
}

/** `key_id` for `/keys` and `/keys/{key_id}`. */
function memberOf(list: string, path: string): string | undefined {
  return path.startsWith(`${list}/`)
    ? /^{(\w+)}\/?$/.exec(path.slice(list.length + 1))?.[1]
    : undefined
}

async function request(
  { method, path, parameters }: Operation,
  url: string,
  fixtures: Fixtures,
): Promise<[url: string, options: SendOptions]> {
  const query = new URLSearchParams()
  for (const { name, in: place, schema } of parameters) {
    if (place === 'query') query.set(name, String(await exampleOf(schema, fixtures.id)))
  }
  const schema = parameters.find(({ in: place }) => place === 'body')?.schema
  if (schema === undefined) return [`${url}?${query}`, {}]
  const body = (await exampleOf(schema, fixtures.id)) as Record<string, unknown>
  const [, own] = /{(\w+)}\/?$/.exec(path) ?? []
  if (own !== undefined && schema.properties?.id !== undefined) body.id = await fixtures.id(own)
  const text = JSON.stringify({ ...body, ...bodies[`${method} ${path}`] })
  return [`${url}?${query}`, { body: text, headers: { 'content-type': 'application/json' } }]
}

type Found = Omit<Finding, 'operation'>

/** An answer that is a stream never ends. */
const patienceMs = 10_000

async function call(
  operation: Operation,
  api: Client,
  [url, options]: Awaited<ReturnType<typeof request>>,
): Promise<Found> {
  const settled = new AbortController()
  const late = systemClock.sleep(patienceMs, settled.signal).catch(() => {})
  try {
    const answer = await Promise.race([api.send(operation.method, url, options), late])
    if (answer) return judge(operation, answer)
    return { verdict: 'differs', differences: [`no end of the answer in ${patienceMs / 1000} s`] }
  } finally {
    settled.abort()
  }
}

function judge({ answers }: Operation, { status, text }: Answer): Found {
  if ((status === 404 && text.includes('no such address')) || status === 405 || status === 501) {
    return { verdict: 'missing', differences: [`answered ${status}`] }
  }
  const good = [...answers.keys()].filter((one) => one < 400)
  const expected = good.length > 0 ? good : [...answers.keys()]
  if (!expected.includes(status)) {
    const line = `answered ${status} instead of ${expected.join(' or ')}: ${text.trim()}`
    return { verdict: 'differs', differences: [line.slice(0, 300)] }
  }
  const found = bodyDifferences(answers.get(status), text)
  return { verdict: found.length > 0 ? 'differs' : 'answered', differences: found }
}

function bodyDifferences(schema: Schema | undefined, text: string): string[] {
  if (schema === undefined) return []
  if (schema.type === 'string') return []
  try {
    return differences(schema, JSON.parse(text))
  } catch {
    return [`the answer: expected JSON, got ${JSON.stringify(text.slice(0, 40))}`]
  }
}

/** A WebSocket is there if it opens. */
async function connect(url: string, { url: base, ca, token }: Target): Promise<Found> {
  const headers = { authorization: `Bearer ${token}` }
  const socket = new WebSocket(`${base}${url}`.replace(/^http/, 'ws'), { ca, headers })
  try {
    await once(socket, 'open')
    return { verdict: 'answered', differences: [] }
  } catch (error) {
    return { verdict: 'missing', differences: [(error as Error).message] }
  } finally {
    socket.terminate()
  }
}
