/** The one address of the server that runners call by HTTP; everything else goes over MQTT. */
import { AppError } from '../lib/errors.ts'
import { call } from '../lib/http-call.ts'
import { type RunnerConfig, serverUrl } from './config.ts'
import { trusted } from './trust.ts'

export interface RunnerCall {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Below the address. */
  path?: '/keys'
  /** The runner's token; absent only when it registers. */
  token?: string
  body?: unknown
  /** Instead of the configuration's own. */
  caFile?: string | undefined
  signal?: AbortSignal
}

/** POST registers, GET tells id, broker and keys, PUT puts keys on record, DELETE unregisters. @returns the answer's JSON */
export async function askServer<T>(config: RunnerConfig, options: RunnerCall): Promise<T> {
  const { method, path = '', token, body, caFile = config.runner.ca_file, signal } = options
  const url = `${serverUrl(config)}/api/internal/runners${path}`
  const answer = await call({
    method,
    url,
    headers: token === undefined ? {} : { 'x-runner-token': token },
    body,
    ca: trusted(caFile),
    signal,
  })
  const value = jsonOf(answer.text)
  if (answer.status >= 200 && answer.status < 300) return value as T
  const said = (value as { error?: unknown } | undefined)?.error ?? `HTTP status ${answer.status}`
  if (answer.status === 401) throw new AppError('unauthenticated', `${url}: ${said}`)
  if (answer.status === 409) throw new AppError('conflict', `${url}: ${said}`)
  if (answer.status === 404) throw new AppError('not_found', `${url}: ${said}`)
  throw new AppError(answer.status < 500 ? 'invalid' : 'unavailable', `${url}: ${said}`)
}

function jsonOf(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}
