/**
 * Where the HEAD of a repository on this machine stands. As a rule that is three small files, which are
 * read here: a task that is to start waits for it. What is packed is left to isomorphic-git.
 */
import * as fs from 'node:fs'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'

export interface Commit {
  hash: string
  /** First line of its message. */
  message: string
}

/** null for what is no repository, or none that can be read, such as a linked work tree. */
export async function headOf(dir: string): Promise<Commit | null> {
  if (!fs.existsSync(join(dir, '.git'))) return null
  try {
    const hash = looseHead(dir) ?? (await packedHead(dir))
    const message = looseMessage(dir, hash) ?? (await packedMessage(dir, hash))
    return { hash, message: message.split('\n')[0] ?? '' }
  } catch {
    return null
  }
}

/** `ref: refs/heads/main`, and in the file of that name the hash; or the hash at once. */
function looseHead(dir: string): string | undefined {
  const head = read(dir, 'HEAD')
  const branch = /^ref: (refs\/heads\/\S+)$/m.exec(head)?.[1]
  return /^[0-9a-f]{40}$/m.exec(branch === undefined ? head : read(dir, branch))?.[0]
}

/** `commit <length>\0`, lines of tree, parents and people, an empty line, the message. */
function looseMessage(dir: string, hash: string): string | undefined {
  const object = readBytes(dir, `objects/${hash.slice(0, 2)}/${hash.slice(2)}`)
  if (object === undefined) return undefined
  const text = inflateSync(object).toString()
  return text.startsWith('commit ') ? text.slice(text.indexOf('\n\n') + 2) : undefined
}

async function packedHead(dir: string): Promise<string> {
  const { default: git } = await import('isomorphic-git')
  return await git.resolveRef({ fs, dir, ref: 'HEAD' })
}

async function packedMessage(dir: string, oid: string): Promise<string> {
  const { default: git } = await import('isomorphic-git')
  return (await git.readCommit({ fs, dir, oid })).commit.message
}

function read(dir: string, name: string): string {
  return readBytes(dir, name)?.toString() ?? ''
}

function readBytes(dir: string, name: string): Buffer | undefined {
  try {
    return fs.readFileSync(join(dir, '.git', name))
  } catch {
    return undefined
  }
}
