/**
 * One process at a time: a file that names its owner by pid and start time. It is held as long as
 * that very process lives, so nobody has to clean up after a crash or a SIGKILL.
 *
 * A dead owner's file is replaced in place, under a lock of its own whose name comes from what it
 * says: two processes that find the same dead owner contend for that, and one that comes late, with
 * an owner in mind who was replaced meanwhile, finds another text there and looks again. If the
 * process that replaces dies as well, its lock is a dead owner's file like any other.
 *
 * Pids mean something on one machine only: a folder shared over the network is not protected.
 */
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { AppError, systemCode } from './errors.ts'
import { nonce, sha256hex } from './ids.ts'

export interface Lock {
  close(): Promise<void>
}

interface Owner {
  pid: number
  /** Kernel's boot id: a pid from before a reboot means nothing. */
  boot: string | undefined
  /** Clock ticks from boot to the start of the process: tells a pid from its next use. */
  started: string | undefined
}

/**
 * Takes the lock at `path`, whose folder must exist.
 * @param what would hold it, for the message, as in "an outstation server"
 * @throws AppError `locked` if a living process has it
 */
export async function lockFile(path: string, what: string): Promise<Lock> {
  const text = `${JSON.stringify({ ...(await ownerOf(process.pid)), nonce: nonce() })}\n`
  const draft = `${path}.${nonce()}`
  await writeFile(draft, text, { flag: 'wx', mode: 0o600 })
  try {
    await take(path, draft, what)
  } finally {
    await rm(draft, { force: true })
  }
  return { close: () => release(path, text) }
}

/** Gives the file `draft` the name `path` as well, once there is no living owner. */
async function take(path: string, draft: string, what: string): Promise<void> {
  for (;;) {
    try {
      return await link(draft, path)
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error
    }
    const found = await read(path)
    if (found !== undefined && (await replace(path, found, draft, what))) return
  }
}

/** False if the file no longer says `found`. */
async function replace(path: string, found: string, draft: string, what: string): Promise<boolean> {
  const owner = parse(found)
  if (owner !== undefined && (await lives(owner))) throw locked(path, owner.pid, what)
  const guard = `${path}.${sha256hex(found).slice(0, 16)}`
  await take(guard, draft, what)
  try {
    if ((await read(path)) !== found) return false
    // `draft` keeps its name: if `path` is itself a guard, it is still wanted for what that guards.
    const copy = `${draft}.copy`
    await link(draft, copy)
    await rename(copy, path)
    return true
  } finally {
    await rm(guard, { force: true })
  }
}

async function release(path: string, text: string): Promise<void> {
  if ((await read(path)) === text) await rm(path, { force: true })
}

async function read(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Undefined for a file that was torn by a power cut: its owner is certainly dead. */
function parse(text: string): Owner | undefined {
  try {
    const owner = JSON.parse(text)
    return Number.isInteger(owner?.pid) && owner.pid > 0 ? owner : undefined
  } catch {
    return undefined
  }
}

async function lives(owner: Owner): Promise<boolean> {
  const now = await ownerOf(owner.pid)
  if (now.boot !== owner.boot) return false
  // No such process, no /proc on this system, or one that hides other users' processes (hidepid).
  if (now.started === undefined) return signalable(owner.pid)
  return now.started === owner.started
}

async function ownerOf(pid: number): Promise<Owner> {
  const boot = await read('/proc/sys/kernel/random/boot_id').catch(() => undefined)
  const stat = await read(`/proc/${pid}/stat`).catch(() => undefined)
  return { pid, boot: boot?.trim(), started: stat && startOf(stat) }
}

/** proc(5): field 3 is the state, 22 the start; the name before them ends at the last parenthesis. */
function startOf(stat: string): string | undefined {
  const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return state === 'Z' || state === 'X' ? 'ended' : fields[18]
}

function signalable(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemCode(error) === 'EPERM'
  }
}

function locked(path: string, pid: number, what: string): AppError {
  return new AppError('locked', `${path} is held by ${what}, process ${pid}`, {
    fix: 'stop that process, or use another folder',
  })
}
