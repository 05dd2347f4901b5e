/** A Swagger 2.0 document as a plain list of operations: references followed, `allOf` put together. */
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { AppError, lineOf } from '../../lib/errors.ts'

export interface Schema {
  type?: string
  format?: string
  enum?: unknown[]
  example?: unknown
  properties?: Record<string, Schema>
  items?: Schema
  /** null is as good as a value. */
  nullable?: boolean
}

export interface Parameter {
  name: string
  in: 'path' | 'query' | 'body'
  schema: Schema
}

export interface Operation {
  method: string
  /** Below the base path, with `{names}`. */
  path: string
  /** A WebSocket, not a request. */
  socket: boolean
  parameters: Parameter[]
  /** What it may answer; undefined = a status without a schema. */
  answers: Map<number, Schema | undefined>
}

export interface Spec {
  version: string
  basePath: string
  operations: Operation[]
}

/** A parsed document: its shape is checked where it is read. */
// biome-ignore lint/suspicious/noExplicitAny: the document is somebody else's.
type Node = any

const methods = ['get', 'post', 'put', 'patch', 'delete']

/** @throws AppError `invalid` if it cannot be read or is no Swagger 2.0 */
export function readSpec(path: string): Spec {
  let document: Node
  try {
    document = parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new AppError('invalid', `${path}: ${lineOf(cause)}`, { cause })
  }
  if (document?.swagger !== '2.0' && document?.swagger !== 2) {
    throw new AppError('invalid', `${path}: expected swagger 2.0, got ${document?.swagger}`)
  }
  const resolve = resolver(document)
  const paths = Object.entries<Node>(document.paths)
  return {
    version: String(document.info?.version ?? ''),
    basePath: document.basePath ?? '',
    operations: paths.flatMap(([path, item]) =>
      methods
        .filter((method) => item[method] !== undefined)
        .map((method) => operation(method, path, item, resolve)),
    ),
  }
}

function operation(method: string, path: string, item: Node, resolve: Resolve): Operation {
  const { parameters = [], responses, schemes = [] } = item[method]
  const all = [...(item.parameters ?? []), ...parameters].map(resolve)
  return {
    method: method.toUpperCase(),
    path,
    socket: schemes.includes('ws'),
    parameters: all.map((one) => ({
      name: one.name,
      in: one.in,
      schema: schemaOf(one.schema ?? one, resolve),
    })),
    answers: new Map(
      Object.entries<Node>(responses).map(([status, { schema }]) => [
        Number(status),
        schema && schemaOf(schema, resolve),
      ]),
    ),
  }
}

type Resolve = (node: Node) => Node

/** Follows `$ref: "#/definitions/Name"`; properties that stand beside it count, too. */
function resolver(document: Node): Resolve {
  return (node) => {
    if (node?.$ref === undefined) return node
    const names = String(node.$ref).replace(/^#\//, '').split('/')
    const target = names.reduce((at: Node, name) => at?.[name], document)
    if (target === undefined) throw new AppError('invalid', `${node.$ref}: no such definition`)
    const properties = { ...target.properties, ...node.properties }
    return { ...target, ...node, properties, $ref: undefined }
  }
}

function schemaOf(node: Node, resolve: Resolve): Schema {
  const { type, format, enum: values, example, items, properties, allOf, ...own } = resolve(node)
  const shown = example ?? own['x-example']
  const all: Record<string, Schema> = {}
  for (const part of allOf ?? []) Object.assign(all, schemaOf(part, resolve).properties)
  for (const [name, one] of Object.entries(properties ?? {})) all[name] = schemaOf(one, resolve)
  const holds = Object.keys(all).length > 0
  return {
    ...((type ?? holds) && { type: type ?? 'object' }),
    ...(format !== undefined && { format }),
    ...(values !== undefined && { enum: values }),
    ...(shown !== undefined && { example: shown }),
    ...(holds && { properties: all }),
    ...(items !== undefined && { items: schemaOf(items, resolve) }),
    ...(own['x-nullable'] === true && { nullable: true }),
  }
}
