/**
 * What one command may take of the machine, kept by the kernel. Control groups of version 2 where the
 * controller is there, else of version 1: some systems still have both.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { AppError, lineOf } from '../../lib/errors.ts'

/** The owner's `runner.limits`. */
export interface LimitSettings {
  memory_mb?: number | undefined
  cpus?: number | undefined
  pids?: number | undefined
}

/** One limit of one control group. */
export interface Limit {
  /** The control group in which each command gets a group of its own. */
  parent: string
  /** Files of the group and what is written into them; one that is not there may be left out. */
  writes: readonly (readonly [file: string, text: string, optional?: true])[]
  /** The file and the name in it that counts how often the limit was met; undefined = it only slows. */
  count?: readonly [file: string, name: string]
  /** What is said when it was met. */
  words: string
}

type Shape = Omit<Limit, 'parent'>

const period = 100_000

/** How each version is told, and tells. `oom.group` ends the whole command, not a part of it. */
const shapes: Record<keyof LimitSettings, (most: number) => { v2: Shape; v1: Shape }> = {
  memory_mb(most) {
    const bytes = String(most * 1_048_576)
    const words = `ended by the memory limit of ${most} MB (runner.limits.memory_mb)`
    const swap = ['memory.swap.max', '0', true] as const
    const whole = ['memory.oom.group', '1', true] as const
    const both = ['memory.memsw.limit_in_bytes', bytes, true] as const
    return {
      v2: {
        words,
        writes: [['memory.max', bytes], swap, whole],
        count: ['memory.events', 'oom_kill'],
      },
      v1: {
        words,
        writes: [['memory.limit_in_bytes', bytes], both],
        count: ['memory.oom_control', 'oom_kill'],
      },
    }
  },
  cpus(most) {
    const words = `slowed to ${most} CPUs (runner.limits.cpus)`
    const quota = Math.round(most * period)
    return {
      v2: { words, writes: [['cpu.max', `${quota} ${period}`]] },
      v1: {
        words,
        writes: [
          ['cpu.cfs_period_us', String(period)],
          ['cpu.cfs_quota_us', String(quota)],
        ],
      },
    }
  },
  pids(most) {
    const words = `met the limit of ${most} processes and threads (runner.limits.pids)`
    const shape: Shape = {
      words,
      writes: [['pids.max', String(most)]],
      count: ['pids.events', 'max'],
    }
    return { v2: shape, v1: shape }
  },
}

/**
 * Finds where each limit can be kept and makes it possible there. To be called once at the start.
 * @param self what the kernel says of this process
 * @throws AppError `config` where one cannot be kept: none is silently left out
 */
export function prepareLimits(settings: LimitSettings, self = '/proc/self'): Limit[] {
  const names = (Object.keys(shapes) as (keyof LimitSettings)[]).filter((name) => settings[name])
  return names.map((name) => {
    const controller = name.split('_')[0]?.replace('cpus', 'cpu') as string
    const shape = shapes[name](settings[name] as number)
    try {
      const old = groupOf(controller, self)
      if (old !== undefined) return { parent: old, ...shape.v1 }
      return { parent: delegated(controller, self), ...shape.v2 }
    } catch (error) {
      throw new AppError(
        'config',
        `runner.limits.${name}: expected the ${controller} controller of a control group of this runner, got ${lineOf(error)}`,
        { fix: 'run it by systemd with Delegate=yes, or leave the limit out' },
      )
    }
  })
}

/** The name of the group into which a runner that has to moves itself: systemd's DelegateSubgroup= too. */
const runnersOwn = 'outstation-runner'

/**
 * The control group of this process: of version 2, or of the controller in version 1. Above the one
 * that holds nothing but the runner itself. undefined where there is none.
 */
export function groupOf(controller?: string, self = '/proc/self'): string | undefined {
  const place = mountOf(controller, self)
  const line = readFileSync(join(self, 'cgroup'), 'utf8')
    .split('\n')
    .map((text) => text.split(':'))
    .find(([id, kinds = '']) =>
      controller === undefined ? id === '0' : kinds.split(',').includes(controller),
    )
  if (place === undefined || line === undefined) return undefined
  const own = join(place, line.slice(2).join(':'))
  return basename(own) === runnersOwn ? dirname(own) : own
}

function mountOf(controller: string | undefined, self: string): string | undefined {
  const mounts = readFileSync(join(self, 'mountinfo'), 'utf8').split('\n')
  return mounts
    .map((line) => line.split(' - '))
    .find(([, rest = '']) => {
      const [kind, , options = ''] = rest.split(' ')
      if (controller === undefined) return kind === 'cgroup2'
      return kind === 'cgroup' && options.split(',').includes(controller)
    })?.[0]
    ?.split(' ')[4]
}

/**
 * The group below which version 2 keeps limits of this controller. It allows them only below a group that
 * holds no process: the runner steps aside.
 */
export function delegated(controller: string, self?: string): string {
  const parent = groupOf(undefined, self)
  if (parent === undefined) throw new Error('no control groups here')
  const has = (file: string) =>
    readFileSync(join(parent, file), 'utf8').trim().split(' ').includes(controller)
  if (!has('cgroup.controllers')) throw new Error(`none in ${parent}`)
  if (has('cgroup.subtree_control')) return parent
  const own = join(parent, runnersOwn)
  if (!existsSync(own)) mkdirSync(own)
  writeFileSync(join(own, 'cgroup.procs'), String(process.pid))
  writeFileSync(join(parent, 'cgroup.subtree_control'), `+${controller}`)
  return parent
}
