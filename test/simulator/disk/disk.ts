/**
 * The disk of a machine, as bad as POSIX allows: what was written is there for every process until the
 * power goes, and from then on only what was fsynced, with any part of the rest. A failed fsync drops
 * what it should have stored, and the next one succeeds without it ("fsyncgate"); readers may miss it from
 * then on, or only when the power has gone. A name is durable only once its folder is fsynced.
 */
import type { Random } from '../random.ts'
import { Contents } from './contents.ts'

/** How often the kernel has no room for the pages that it could not store. */
const dropped = 0.25

/** A change of a file that no fsync has carried to the platter yet. */
type Write = { at: number; bytes: Uint8Array } | { length: number }

export class Inode {
  /** What every process sees. */
  readonly seen = new Contents()
  /** What outlives the power. */
  readonly durable = new Contents()
  #pending: Write[] = []
  /** Counts the changes of `durable`. */
  version = 0

  change(write: Write): void {
    apply(this.seen, write)
    this.#pending.push(write)
  }

  sync(): void {
    for (const write of this.#pending) apply(this.durable, write)
    this.#pending = []
    this.version += 1
  }

  /**
   * The kernel calls the pages clean, though few of them or none were stored; so it may drop them from its
   * memory, too, and from then on everybody reads what was there before.
   * @returns whether it did, and something is gone by it
   */
  failToSync(random: Random): boolean {
    for (const write of this.#pending) {
      if (random.chance(0.3)) apply(this.durable, write)
    }
    this.#pending = []
    this.version += 1
    if (!random.chance(dropped) || this.seen.bytes.equals(this.durable.bytes)) return false
    this.#seeDurable()
    return true
  }

  /** The power goes. @returns what became of the writes since the last fsync */
  lose(random: Random): 'nothing lost' | 'lost' | 'torn' {
    const pending = this.#pending
    this.#pending = []
    this.version += 1
    const kept = random.int(0, pending.length)
    for (const write of pending.slice(0, kept)) apply(this.durable, write)
    const next = pending[kept]
    const torn =
      next !== undefined && 'bytes' in next && next.bytes.length > 1 && random.chance(0.7)
    if (torn) tear(this.durable, next, random)
    this.#seeDurable()
    return torn ? 'torn' : next === undefined ? 'nothing lost' : 'lost'
  }

  #seeDurable(): void {
    this.seen.truncate(0)
    this.seen.write(0, this.durable.bytes)
  }
}

/** A part of a write: its beginning, or its end behind a hole, since blocks are stored in any order. */
function tear(contents: Contents, write: { at: number; bytes: Uint8Array }, random: Random): void {
  const { at, bytes } = write
  const cut = random.int(1, bytes.length - 1)
  if (random.chance(0.7)) contents.write(at, bytes.subarray(0, cut))
  else contents.write(at + cut, bytes.subarray(cut))
}

function apply(contents: Contents, write: Write): void {
  if ('bytes' in write) contents.write(write.at, write.bytes)
  else contents.truncate(write.length)
}

/** A change of names that no fsync of a folder has made durable yet. */
type Naming = { path: string; inode: Inode | undefined }[]

export class Disk {
  readonly #names = new Map<string, Inode>()
  /** The names that outlive the power. */
  readonly durableNames = new Map<string, Inode>()
  #pending: Naming[] = []
  /** Counts the power cuts. */
  power = 0
  /** No space is left. */
  full = false
  /** Probability that a write or an fsync fails with EIO. */
  failing = 0
  /** The next fsync of a file fails, and this is told of it. */
  failsNext: (() => void) | undefined

  find(path: string): Inode | undefined {
    return this.#names.get(path)
  }

  /** The file that this path leads to after a power cut. */
  durable(path: string): Inode | undefined {
    return this.durableNames.get(path)
  }

  /** Names in a folder. */
  list(folder: string): string[] {
    const within = `${folder}/`
    return [...this.#names.keys()]
      .filter((path) => path.startsWith(within) && !path.slice(within.length).includes('/'))
      .map((path) => path.slice(within.length))
  }

  /** Each pair is a path and the file it leads to from now on, all of them at once or none. */
  name(naming: Naming): void {
    rename(this.#names, naming)
    this.#pending.push(naming)
  }

  syncNames(): void {
    for (const naming of this.#pending) rename(this.durableNames, naming)
    this.#pending = []
  }

  /** @returns whether a write was torn in two */
  losePower(random: Random): boolean {
    this.power += 1
    const pending = this.#pending
    for (const naming of pending.slice(0, random.int(0, pending.length))) {
      rename(this.durableNames, naming)
    }
    this.#pending = []
    this.#names.clear()
    for (const [path, inode] of this.durableNames) this.#names.set(path, inode)
    const fates = [...new Set(this.#names.values())].map((inode) => inode.lose(random))
    return fates.includes('torn')
  }
}

function rename(names: Map<string, Inode>, naming: Naming): void {
  for (const { path, inode } of naming) {
    if (inode === undefined) names.delete(path)
    else names.set(path, inode)
  }
}
