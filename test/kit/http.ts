/** An HTTPS client that trusts one CA and can keep every body it was answered. */
import { request } from 'node:https'

/** A parsed body: a test reads the fields that it knows. */
// biome-ignore lint/suspicious/noExplicitAny: typing every answer twice would test nothing more.
export type Body = any

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  bytes: Buffer
  text: string
  /** The body as JSON; throws if it is none. */
  json(): Body
}

export interface Client {
  get(path: string): Promise<Answer>
  post(path: string, body?: unknown): Promise<Answer>
  put(path: string, body?: unknown): Promise<Answer>
  delete(path: string): Promise<Answer>
  send(method: string, path: string, options?: SendOptions): Promise<Answer>
  /** The same client with other headers beside its own. */
  with(headers: Record<string, string>): Client
}

export interface SendOptions {
  body?: string
  headers?: Record<string, string>
}

/** @param seen gets the text of every answer. */
export function createClient(
  base: string,
  ca: string,
  seen?: string[],
  bound: Record<string, string> = {},
): Client {
  const send: Client['send'] = (method, path, { body, headers } = {}) =>
    new Promise((resolve, reject) => {
      const options = { method, ca, agent: false as const, headers: { ...bound, ...headers } }
      const call = request(new URL(path, base), options, (answer) => {
        const parts: Buffer[] = []
        answer.on('data', (part) => parts.push(part))
        answer.on('error', reject)
        answer.on('end', () => {
          const bytes = Buffer.concat(parts)
          const text = bytes.toString()
          seen?.push(text)
          const { statusCode: status = 0, headers } = answer
          resolve({ status, headers, bytes, text, json: () => JSON.parse(text) })
        })
      })
      call.on('error', reject)
      call.end(body)
    })
  const json = (method: string) => (path: string, body?: unknown) =>
    send(
      method,
      path,
      body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } },
    )
  return {
    get: json('GET'),
    post: json('POST'),
    put: json('PUT'),
    delete: json('DELETE'),
    send,
    with: (headers) => createClient(base, ca, seen, { ...bound, ...headers }),
  }
}
