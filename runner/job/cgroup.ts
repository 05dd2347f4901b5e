/**
 * A control group (v2) of the attempt's own, where the runner may make one: nothing gets out of it,
 * and one write kills all of it. Root and systemd's `Delegate=yes` allow it.
 */
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFile, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ownerIsAlive, stampPattern } from './owner.ts'

export interface Cgroup {
  /** Moves a process in. The kernel takes 5 to 20 ms for it: nobody waits, `kill` comes after it. */
  adopt(pid: number): void
  pids(): number[]
  kill(): void
  close(): void
}

const prefix = 'outstation-'

/** Looked up once: each task asks for it just when it is to begin. */
let own: { folder: string | undefined } | undefined

/** undefined where there is no cgroup2 or no right to it. */
export function openCgroup(name: string): Cgroup | undefined {
  own ??= { folder: ownFolder() }
  const parent = own.folder
  if (parent === undefined) return undefined
  const folder = join(parent, prefix + name)
  try {
    mkdirSync(folder)
  } catch {
    return undefined
  }
  return at(folder)
}

/** Ends and removes the groups of runners that are no more. */
export function sweepCgroups(): void {
  const parent = ownFolder()
  if (parent === undefined) return
  for (const name of readdirSync(parent)) {
    const stamp = name.startsWith(prefix) ? stampPattern.exec(name)?.[0] : undefined
    if (stamp === undefined || ownerIsAlive(stamp)) continue
    const group = at(join(parent, name))
    group.kill()
    group.close()
  }
}

function at(folder: string): Cgroup {
  return {
    adopt: (pid) => writeFile(join(folder, 'cgroup.procs'), String(pid), () => {}),
    pids: () =>
      attempt(() => readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n')).flatMap(
        (line) => (Number(line) > 0 ? [Number(line)] : []),
      ),
    // Kernels before 5.14 have no cgroup.kill; there the caller's own signals do.
    kill: () => void attempt(() => writeFileSync(join(folder, 'cgroup.kill'), '1')),
    close: () => void attempt(() => rmdirSync(folder)),
  }
}

/** The group that this process is in, below the place where cgroup2 is mounted. */
function ownFolder(): string | undefined {
  try {
    const mount = readFileSync('/proc/self/mountinfo', 'utf8')
      .split('\n')
      .find((line) => line.includes(' - cgroup2 '))
      ?.split(' ')[4]
    const path = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1]
    return mount === undefined || path === undefined ? undefined : join(mount, path)
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
