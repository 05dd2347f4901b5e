/**
 * Submodules, each brought like a repository of its own, by the same checks. git's own `submodule
 * update` is not used: it takes names, paths and commands from .gitmodules (CVE-2018-11235,
 * CVE-2018-17456, CVE-2024-32002, CVE-2025-48384). Here a path is one that the commit itself holds,
 * only the URL comes from .gitmodules, and `.git` of a submodule lies in its own folder.
 */
import { lstatSync } from 'node:fs'
import { join } from 'node:path'
import type { Key } from '../../../broker/job.ts'
import { AppError } from '../../../lib/errors.ts'
import { type Address, parseAddress } from '../../../lib/git/address.ts'
import type { TaskUser } from '../isolation.ts'
import { makeAs, removeAs } from '../remove.ts'
import type { BinaryClient } from './binary.ts'
import type { RemoteAddress } from './open-client.ts'

export interface Submodule {
  path: string
  /** The commit that the outer repository wants. */
  hash: string
  address: RemoteAddress
  /** That of the outer repository where the submodule lies on its host, else none. */
  key: Key
}

export interface Outer {
  address: RemoteAddress
  key: Key
  hash: string
}

/** All submodules of a commit that .gitmodules has a URL for. @throws AppError `repository` */
export async function submodulesOf(client: BinaryClient, outer: Outer): Promise<Submodule[]> {
  const links = await client.links(outer.hash)
  if (links.length === 0) return []
  const urls = urlsByPath(await client.settings(outer.hash, '.gitmodules'))
  return links.flatMap(({ path, hash }) => {
    const url = urls.get(path)
    if (url === undefined) return []
    checkPath(path)
    return { path, hash, ...permitted(path, url, outer) }
  })
}

/** Makes the folder of a submodule. A link on the way to it would put it somewhere else. */
export async function openFolder(tree: string, path: string, user?: TaskUser): Promise<string> {
  const parts = path.split('/')
  for (let length = 1; length <= parts.length; length++) {
    const place = join(tree, ...parts.slice(0, length))
    const found = lstatSync(place, { throwIfNoEntry: false })
    if (found?.isDirectory()) continue
    if (found && length < parts.length) throw refused(path, 'a link or file lies on its path')
    if (found) await removeAs(user, [place])
    await makeAs(user, place)
  }
  return join(tree, path)
}

/** `submodule.NAME.path` and `.url`; the names themselves are of no use to us. */
function urlsByPath(settings: readonly [name: string, value: string][]): Map<string, string> {
  const values = new Map(settings)
  const found = [...values].flatMap(([name, path]): [string, string][] => {
    const start = /^(submodule\..+\.)path$/s.exec(name)?.[1]
    const url = start === undefined ? undefined : values.get(`${start}url`)
    return url === undefined ? [] : [[path.replace(/\/+$/, ''), url]]
  })
  return new Map(found)
}

function checkPath(path: string): void {
  if (path.split('/').some((part) => part === '' || /^(\.|\.\.|\.git|git~1)$/i.test(part))) {
    throw refused(JSON.stringify(path), 'its path leads elsewhere')
  }
}

/** The address of a submodule, and the key that may go there. */
function permitted(path: string, text: string, outer: Outer): Pick<Submodule, 'address' | 'key'> {
  const address = addressOf(path, text, outer.address)
  const none: Key = { type: 'none' }
  if (address.kind === 'http') {
    const same =
      outer.address.kind === 'http' &&
      new URL(address.url).origin === new URL(outer.address.url).origin
    return { address, key: same ? keyFor(outer) : none }
  }
  if (address.kind === 'ssh') {
    const { address: of } = outer
    const same = of.kind === 'ssh' && of.host === address.host && of.port === address.port
    if (same) return { address: { ...address, user: address.user ?? of.user }, key: outer.key }
    // Without a key ssh would offer the runner's own ones to a host that the repository names.
    throw refused(path, `no key goes by ssh to ${address.host}, which is not the repository's host`)
  }
  throw refused(path, 'expected a URL of https, http or ssh')
}

/** A login in the URL of the outer repository is as good as a key. */
function keyFor({ address, key }: Outer): Key {
  if (key.type !== 'none' || address.kind !== 'http' || !address.login) return key
  const { username, password } = address.login
  return { type: 'login_password', login: username, password }
}

function addressOf(path: string, text: string, outer: RemoteAddress): Address {
  try {
    return parseAddress(absolute(text, outer.url))
  } catch (error) {
    throw error instanceof AppError ? refused(path, error.message) : error
  }
}

/** gitsubmodules(7): `../x` and `./x` are relative to the URL of the outer repository. */
export function absolute(text: string, outer: string): string {
  if (!/^\.\.?\//.test(text)) return text
  let [base, rest, joint] = [outer.replace(/\/+$/, ''), text, '/']
  const root = /^[a-z]+:\/\/[^/]*|^[^/]*?:/i.exec(base)?.[0] ?? ''
  for (;;) {
    if (rest.startsWith('./')) rest = rest.slice(2)
    else if (rest.startsWith('../')) {
      const cut = Math.max(base.lastIndexOf('/'), base.lastIndexOf(':'))
      joint = base[cut] ?? '/'
      base = base.slice(0, cut)
      if (base.length < root.replace(/:$/, '').length) {
        throw new AppError('repository', 'git_url refused: it leads above its host')
      }
      rest = rest.slice(3)
    } else return `${base}${joint}${rest}`
  }
}

function refused(path: string, why: string): AppError {
  return new AppError('repository', `submodule ${path}: refused, ${why}`, {
    fix: 'correct .gitmodules; a URL like ../name.git has the host of the repository itself',
  })
}
