/**
 * node:fs/promises for paths below /simulated, so that the real journal and spool run on a simulated
 * disk. All other paths go where they always went.
 */
import fs, { promises } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import type { Life, Timeline } from '../../kit/timeline.ts'
import type { Random } from '../random.ts'
import { type Disk, Inode } from './disk.ts'

/** One process's view of a disk. */
export interface Machine {
  timeline: Timeline
  random: Random
  disk: Disk
  /** The process; whoever asks for it after its death is never answered. */
  life: Life
  /** Called before each call: the moment to die. */
  step(): void
  /** Told of each error that a call meets, and of what nobody is told. */
  onError(code: 'EIO' | 'ENOSPC' | 'pages dropped'): void
}

const root = '/simulated/'
const mounts = new Map<string, Machine>()

/** @returns the folder in which this process finds its disk */
export function mount(machine: Machine): string {
  const name = String(mounts.size)
  mounts.set(name, machine)
  return root + name
}

/** Forgets all mounts: the run is over. */
export function unmountAll(): void {
  mounts.clear()
}

const never = () => new Promise<never>(() => {})

interface Place {
  machine: Machine
  path: string
}

function placeOf(path: string): Place {
  const slash = path.indexOf('/', root.length)
  const name = path.slice(root.length, slash < 0 ? undefined : slash)
  const machine = mounts.get(name)
  if (machine === undefined) throw failure('ENOENT', path)
  return { machine, path: slash < 0 ? '/' : path.slice(slash) }
}

/** The process may die before this call, and then it is not made. */
async function call<T>(place: Place, act: (path: string) => T): Promise<T> {
  return mayGoOn(place) ? act(place.path) : never()
}

function mayGoOn({ machine: { life, step } }: Place): boolean {
  if (life.alive) step()
  return life.alive
}

/** The kernel carries an fsync on, whoever dies; a power cut ends it. */
async function sync({ machine }: Place, inode: Inode | undefined): Promise<void> {
  const { timeline, random, disk, life } = machine
  if (life.alive) machine.step()
  if (!life.alive) return never()
  const { power } = disk
  const tell = inode && disk.failsNext
  if (tell) disk.failsNext = undefined
  const fails = random.chance(disk.failing) || tell !== undefined
  await new Promise<void>((resolve, reject) => {
    const end = () => {
      if (disk.power === power) {
        if (fails) {
          if (inode?.failToSync(random)) machine.onError('pages dropped')
        } else if (inode === undefined) disk.syncNames()
        else inode.sync()
      }
      tell?.()
      timeline.unheld(life, () => {
        if (!life.alive) return
        if (!fails) return resolve()
        machine.onError('EIO')
        reject(failure('EIO', 'fsync'))
      })
    }
    timeline.after(random.int(1, 30), end)
  })
}

type Write = [buffer: Uint8Array, offset: number, length: number, position: number]

class Handle {
  /** Stands for itself where a number is expected. */
  readonly fd = this
  readonly #place: Place
  /** undefined: a folder */
  readonly #inode: Inode | undefined

  constructor(place: Place, inode: Inode | undefined) {
    this.#place = place
    this.#inode = inode
  }

  write(...write: Write) {
    return call(this.#place, () => ({ bytesWritten: this.#write(write), buffer: write[0] }))
  }

  /** A process that dies before it cannot be kept from going on; but nobody will hear of it. */
  writeSync(...write: Write): number {
    if (!mayGoOn(this.#place)) throw failure('EIO', 'write')
    return this.#write(write)
  }

  #write([buffer, offset, length, position]: Write): number {
    const { disk, random, onError } = this.#place.machine
    // What is written over something takes no space.
    const grows = position + length > (this.#inode?.seen.length ?? 0)
    const full = disk.full && grows
    const code = full ? 'ENOSPC' : random.chance(disk.failing) ? 'EIO' : undefined
    const written = code === undefined ? length : random.int(0, length - 1)
    const bytes = Buffer.from(buffer.subarray(offset, offset + written))
    if (written > 0) this.#inode?.change({ at: position, bytes })
    // A short write is no error yet; the next one is.
    if (code !== undefined && (written === 0 || code === 'EIO')) {
      onError(code)
      throw failure(code, 'write')
    }
    return written
  }

  read(buffer: Uint8Array, offset: number, length: number, position: number) {
    return call(this.#place, () => {
      const bytes = this.#inode?.seen.bytes.subarray(position, position + length)
      buffer.set(bytes ?? [], offset)
      return { bytesRead: bytes?.length ?? 0, buffer }
    })
  }

  truncate(length: number) {
    return call(this.#place, () => this.#inode?.change({ length }))
  }

  sync() {
    return sync(this.#place, this.#inode)
  }

  datasync() {
    return sync(this.#place, this.#inode)
  }

  async close() {}
}

const calls = {
  open: (place: Place, flags: string) =>
    call(place, (path) => {
      const { disk, onError } = place.machine
      const found = disk.find(path)
      if (flags !== 'w+') {
        const isFolder = found === undefined && flags === 'r'
        if (found === undefined && !isFolder) throw failure('ENOENT', path)
        return new Handle(place, found)
      }
      if (disk.full) {
        onError('ENOSPC')
        throw failure('ENOSPC', `open '${path}'`)
      }
      const inode = found ?? new Inode()
      if (found === undefined) disk.name([{ path, inode }])
      else inode.change({ length: 0 })
      return new Handle(place, inode)
    }),
  readFile: (place: Place) => call(place, (path) => Buffer.from(existing(place, path).seen.bytes)),
  readdir: (place: Place) => call(place, (path) => place.machine.disk.list(path)),
  mkdir: (place: Place) => call(place, () => undefined),
  rm: (place: Place, { force = false } = {}) =>
    call(place, (path) => {
      if (!force) existing(place, path)
      if (place.machine.disk.find(path)) place.machine.disk.name([{ path, inode: undefined }])
    }),
  rename: (place: Place, to: string) =>
    call(place, (path) => {
      const inode = existing(place, path)
      place.machine.disk.name([
        { path, inode: undefined },
        { path: placeOf(to).path, inode },
      ])
    }),
  link: (place: Place, to: string) =>
    call(place, (path) => {
      const inode = existing(place, path)
      const other = placeOf(to).path
      if (place.machine.disk.find(other)) throw failure('EEXIST', other)
      place.machine.disk.name([{ path: other, inode }])
    }),
}

function existing({ machine }: Place, path: string): Inode {
  const inode = machine.disk.find(path)
  if (inode === undefined) throw failure('ENOENT', path)
  return inode
}

function failure(code: string, what: string): Error {
  return Object.assign(new Error(`${code}: ${what}`), { code })
}

/** From now on, in this process, the disks below /simulated are there. */
export function installDisks(): void {
  const real = { ...promises } as unknown as Record<string, (...args: unknown[]) => unknown>
  const simulated = calls as unknown as Record<string, (...args: unknown[]) => unknown>
  for (const [name, act] of Object.entries(real)) {
    if (typeof act !== 'function') continue
    const routed = (...args: unknown[]) => {
      const [path, ...rest] = args
      if (typeof path !== 'string' || !path.startsWith(root)) return act(...args)
      const instead = simulated[name]
      if (instead !== undefined) return instead(placeOf(path), ...rest)
      throw new Error(`test/simulator/disk does not know fs.${name} yet`)
    }
    Object.assign(promises, { [name]: routed })
  }
  const { writeSync } = fs
  const routed = (file: unknown, ...write: Write) => {
    return file instanceof Handle ? file.writeSync(...write) : writeSync(file as number, ...write)
  }
  Object.assign(fs, { writeSync: routed })
  syncBuiltinESMExports()
}
