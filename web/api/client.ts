/** The one way to the server. Whatever goes wrong is an ApiError whose kind says what a view can do about it. */

export type ErrorKind =
  /** No answer came: the link or the server is down. */
  | 'offline'
  | 'signed-out'
  | 'forbidden'
  | 'missing'
  /** What was sent is wrong; `field` may name the part. */
  | 'invalid'
  | 'conflict'
  /** Later: throttled, or the server takes nothing now. */
  | 'busy'
  | 'fault'

export class ApiError extends Error {
  readonly kind: ErrorKind
  /** The fields of the request that the server named; none = the message is of the whole. */
  readonly faults: readonly Fault[]

  constructor(kind: ErrorKind, message: string) {
    super(message)
    this.kind = kind
    this.faults = kind === 'invalid' ? faultsIn(message) : []
  }
}

export interface Fault {
  /** `playbook`, `ssh.private_key`, `vaults.0.script`. */
  path: string
  text: string
}

/** The server's lines: `playbook: expected .., got ..; vaults.0.script: expected .., got ..`. */
function faultsIn(message: string): Fault[] {
  const parts = message.split(/(?:^|; )([a-z_]+(?:\.[\w-]+)*): /)
  if (parts[0] !== '') return []
  return parts.flatMap((path, index) =>
    index % 2 === 1 ? [{ path, text: parts[index + 1] ?? '' }] : [],
  )
}

const kinds: Record<number, ErrorKind> = {
  400: 'invalid',
  401: 'signed-out',
  403: 'forbidden',
  404: 'missing',
  409: 'conflict',
  413: 'invalid',
  429: 'busy',
  502: 'offline',
  503: 'busy',
  504: 'offline',
}

export interface Client {
  get<T>(path: string, signal?: AbortSignal): Promise<T>
  post<T = void>(path: string, body?: object): Promise<T>
  put(path: string, body: object): Promise<void>
  delete(path: string): Promise<void>
}

/**
 * @param fetch the browser's, or a test's
 * @param onSignedOut called whenever the server does not know the session any more
 */
export function createClient(fetch: typeof globalThis.fetch, onSignedOut: () => void): Client {
  async function call<T>(method: string, path: string, options: RequestInit = {}): Promise<T> {
    const answer = await fetch(path, { method, ...options }).catch((error: unknown) => {
      if (options.signal?.aborted) throw error
      throw new ApiError('offline', 'The server cannot be reached.')
    })
    if (answer.ok) return (answer.status === 204 ? undefined : await answer.json()) as T
    const error = await errorOf(answer)
    // A wrong password is no session that ended.
    if (error.kind === 'signed-out' && path !== '/api/auth/login') onSignedOut()
    throw error
  }
  const send = (body: object) => ({
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  })
  return {
    get: (path, signal) => call('GET', path, signal ? { signal } : {}),
    post: (path, body = {}) => call('POST', path, send(body)),
    put: (path, body) => call('PUT', path, send(body)),
    delete: (path) => call('DELETE', path),
  }
}

async function errorOf(answer: Response): Promise<ApiError> {
  const body: unknown = await answer.json().catch(() => undefined)
  const line = (body as { error?: unknown } | undefined)?.error
  const message = typeof line === 'string' ? line : `The server answered ${answer.status}.`
  return new ApiError(kinds[answer.status] ?? 'fault', message)
}
