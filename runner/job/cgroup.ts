/**
 * Control groups of the attempt's own, where the runner may make them: nothing gets out of them, and
 * one write kills all in them. Root and systemd's `Delegate=yes` allow it.
 */
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFile, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { AppError, lineOf } from '../../lib/errors.ts'
import { groupOf, type Limit } from './limits.ts'
import { ownerIsAlive, stampPattern } from './owner.ts'

export interface Cgroup {
  /**
   * Moves a process in. The kernel takes 5 to 20 ms for it: nobody waits, `kill` comes after it. With
   * limits everybody waits: what begins outside of them would stay outside.
   */
  adopt(pid: number): void
  pids(): number[]
  kill(): void
  /** What is said of the first limit that was met; undefined = none was. */
  met(): string | undefined
  close(): void
}

const prefix = 'outstation-'

/** Looked up once: each task asks for it just when it is to begin. */
let own: { folder: string | undefined } | undefined

/**
 * undefined where there is no cgroup2 or no right to it.
 * @throws AppError `internal` when the limits cannot be set: nothing runs without them
 */
export function openCgroup(name: string, limits: readonly Limit[] = []): Cgroup | undefined {
  own ??= { folder: ownFolder() }
  const { folder } = own
  if (limits.length === 0) return folder === undefined ? undefined : make([folder], name, [])
  const parents = limits.map(({ parent }) => parent)
  const group = make([...(folder === undefined ? [] : [folder]), ...parents], name, limits)
  if (group === undefined) {
    throw new AppError('internal', 'no control group can be made for limits', {
      fix: 'start the runner again, by systemd with Delegate=yes, or leave the limits out',
    })
  }
  return group
}

/** Ends and removes the groups of runners that are no more. */
export function sweepCgroups(limits: readonly Limit[] = []): void {
  for (const parent of new Set([ownFolder(), ...limits.map(({ parent }) => parent)])) {
    if (parent === undefined) continue
    for (const name of readdirSync(parent)) {
      const stamp = name.startsWith(prefix) ? stampPattern.exec(name)?.[0] : undefined
      if (stamp === undefined || ownerIsAlive(stamp)) continue
      const group = at([join(parent, name)])
      group.kill()
      group.close()
    }
  }
}

function make(parents: string[], name: string, limits: readonly Limit[]): Cgroup | undefined {
  const inside = (parent: string) => join(parent, prefix + name)
  const folders = [...new Set(parents.map(inside))]
  const group = at(
    folders,
    limits.map((limit) => ({ ...limit, parent: inside(limit.parent) })),
  )
  try {
    for (const folder of folders) mkdirSync(folder, { recursive: true })
  } catch {
    group.close()
    return undefined
  }
  for (const { parent, writes, words } of limits) {
    for (const [file, text, optional] of writes) {
      try {
        writeFileSync(join(inside(parent), file), text, { flag: 'r+' })
      } catch (error) {
        if (optional) continue
        group.close()
        throw new AppError('internal', `the limit cannot be set: ${lineOf(error)}`, { fix: words })
      }
    }
  }
  return group
}

/** @param limits with their own folder as `parent` */
function at(folders: readonly string[], limits: readonly Limit[] = []): Cgroup {
  const procs = folders.map((folder) => join(folder, 'cgroup.procs'))
  return {
    adopt(pid) {
      if (limits.length > 0) for (const file of procs) writeFileSync(file, String(pid))
      else for (const file of procs) writeFile(file, String(pid), () => {})
    },
    pids: () =>
      procs.flatMap((file) =>
        attempt(() => readFileSync(file, 'utf8').split('\n')).flatMap((line) =>
          Number(line) > 0 ? [Number(line)] : [],
        ),
      ),
    // Kernels before 5.14 have no cgroup.kill; there the caller's own signals do.
    kill() {
      for (const folder of folders) attempt(() => writeIfThere(join(folder, 'cgroup.kill'), '1'))
    },
    met: () => limits.find(wasMet)?.words,
    close() {
      for (const folder of folders) attempt(() => rmdirSync(folder))
    },
  }
}

function wasMet({ parent, count }: Limit): boolean {
  if (count === undefined) return false
  const [file, name] = count
  const lines = attempt(() => readFileSync(join(parent, file), 'utf8').split('\n'))
  return lines.some((line) => line.startsWith(`${name} `) && !line.endsWith(' 0'))
}

function writeIfThere(file: string, text: string): void {
  writeFileSync(file, text, { flag: 'r+' })
}

/** The group that this process is in, below the place where cgroup2 is mounted. */
function ownFolder(): string | undefined {
  try {
    return groupOf()
  } catch {
    return undefined
  }
}

function attempt<T>(step: () => T): T | never[] {
  try {
    return step()
  } catch {
    return []
  }
}
