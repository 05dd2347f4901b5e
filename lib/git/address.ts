/**
 * What a `git_url` may be. Both git clients get only what passes here: `ext::sh -c ..` runs a
 * program, `--upload-pack=..` and `ssh://-oProxyCommand=..` are options in disguise.
 */
import { AppError } from '../errors.ts'

export interface Login {
  username: string
  password: string
}

export interface SshAddress {
  kind: 'ssh'
  url: string
  user: string | undefined
  /** As ssh takes it: without the brackets of an IPv6 address. */
  host: string
  /** undefined: what ssh's configuration says, else 22. */
  port: number | undefined
}

/** `url` never holds credentials. */
export type Address =
  | { kind: 'local'; path: string }
  | { kind: 'http'; url: string; login: Login | undefined }
  | SshAddress
  | { kind: 'file' | 'git'; url: string }

const schemes = 'expected https, http, ssh, git, file, user@host:path or an absolute path'
const scpLike = /^(?:([\w.][\w.+-]*)@)?([A-Za-z0-9][\w.-]*|\[[\da-fA-F:]+\]):(?!\/\/)([^-\s]\S*)$/

/** Throws AppError `repository` with what was expected. The URL is never repeated: it may hold a token. */
export function parseAddress(gitUrl: string): Address {
  if (/[\x00-\x1f\x7f]/.test(gitUrl)) throw refused('it holds control characters')
  if (gitUrl.startsWith('/')) return { kind: 'local', path: gitUrl }
  if (gitUrl.startsWith('-')) throw refused('it starts with -')
  if (/^[\w.+-]+::/.test(gitUrl)) throw refused('remote helpers (x::y) are not allowed')
  if (/\s/.test(gitUrl)) throw refused('it holds a space')
  const scp = gitUrl.includes('://') ? null : scpLike.exec(gitUrl)
  if (scp) return ssh(gitUrl, scp[1], scp[2] ?? '', '')
  const url = URL.canParse(gitUrl) ? new URL(gitUrl) : undefined
  switch (url?.protocol) {
    case 'https:':
    case 'http:':
      return { kind: 'http', url: withoutLogin(url), login: loginOf(url) }
    case 'ssh:':
      if (!/^[[A-Za-z0-9]/.test(url.host) || url.username.startsWith('-') || url.password !== '') {
        throw refused('an ssh URL looks like ssh://user@host:port/path')
      }
      return ssh(gitUrl, url.username || undefined, url.hostname, url.port)
    case 'git:':
      if (!/^[[A-Za-z0-9]/.test(url.host)) throw refused('its host is not a name')
      return { kind: 'git', url: gitUrl }
    case 'file:':
      return { kind: 'file', url: gitUrl }
    default:
      throw refused(schemes)
  }
}

function ssh(url: string, user: string | undefined, host: string, port: string): SshAddress {
  const name = host.replace(/^\[|\]$/g, '')
  return { kind: 'ssh', url, user, host: name, port: port === '' ? undefined : Number(port) }
}

/** Username and password written into a URL; they move into the credential helper. */
export function credentialsIn(gitUrl: string): Login | undefined {
  const url = /^https?:/i.test(gitUrl) && URL.canParse(gitUrl) ? new URL(gitUrl) : undefined
  return url && loginOf(url)
}

const hash = /^[0-9a-f]{4,64}$/i

/** git-check-ref-format(1), narrowed to what branches are called; '' is the remote's HEAD. */
export function checkBranch(name: string): string {
  const plain = /^(?![-./])[\p{L}\p{N}_./+@#-]{1,255}$/u.test(name)
  if (name === '' || (plain && !/\.\.|@\{|\/\/|\/\.|\.lock(\/|$)|[./]$|^@$/.test(name))) return name
  throw new AppError('repository', `branch ${JSON.stringify(name)}: not a name that git allows`)
}

export function checkHash(text: string): string {
  if (text === '' || hash.test(text)) return text.toLowerCase()
  throw new AppError('repository', `commit ${JSON.stringify(text)}: expected 4 to 64 hex digits`)
}

function loginOf(url: URL): Login | undefined {
  if (url.username === '' && url.password === '') return undefined
  const username = decode(url.username)
  return { username, password: url.password === '' ? username : decode(url.password) }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function withoutLogin(url: URL): string {
  const bare = new URL(url)
  bare.username = ''
  bare.password = ''
  return bare.href
}

function refused(why: string): AppError {
  return new AppError('repository', `git_url refused: ${why}`, {
    fix: 'correct the URL of the repository',
  })
}
