/**
 * Control groups of version 2 where this machine has their controllers of memory, CPUs and processes in
 * version 1. What the files of a limit are called and get is held against a recorded layout, a folder
 * with the files that the kernel documents; the rest is shown on the kernel's own, by a controller that
 * is free. Where version 2 has all of them, limits.test.ts shows the whole.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { lineOf } from '../../../lib/errors.ts'
import { openCgroup } from '../../../runner/job/cgroup.ts'
import { groupOf, type LimitSettings, prepareLimits } from '../../../runner/job/limits.ts'
import { tempFolder } from './make.ts'

const service = 'system.slice/outstation-runner.service'

/** A runner in a group of version 2 with these controllers. */
async function recorded(
  t: TestContext,
  group = service,
  controllers = 'cpuset cpu io memory pids',
) {
  const folder = await tempFolder(t)
  const files = {
    'self/cgroup': `0::/${group}\n`,
    'self/mountinfo': `25 30 0:23 / /proc rw - proc proc rw
35 30 0:30 / ${folder}/cgroup rw,nosuid,nodev shared:9 - cgroup2 cgroup2 rw,nsdelegate\n`,
    [`cgroup/${service}/cgroup.controllers`]: `${controllers}\n`,
    [`cgroup/${service}/cgroup.subtree_control`]: '\n',
  }
  write(folder, files)
  const own = join(folder, 'cgroup', service)
  const prepare = (settings: LimitSettings) => prepareLimits(settings, join(folder, 'self'))
  return { own, prepare, read: (file: string) => readFileSync(join(own, file), 'utf8') }
}

function write(folder: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
}

test('the runner steps aside, and each controller is handed down (recorded layout)', async (t) => {
  for (const [settings, controller] of [
    [{ memory_mb: 64 }, 'memory'],
    [{ cpus: 0.5 }, 'cpu'],
    [{ pids: 40 }, 'pids'],
  ] as const) {
    const { own, prepare, read } = await recorded(t)
    const [limit] = prepare(settings)
    assert.equal(limit?.parent, own)
    assert.equal(read('outstation-runner/cgroup.procs'), String(process.pid))
    assert.equal(read('cgroup.subtree_control'), `+${controller}`)
  }
})

test('what systemd has set aside is taken as it is (recorded layout)', async (t) => {
  const { own, prepare } = await recorded(t, `${service}/outstation-runner`)
  assert.equal(prepare({ pids: 40 })[0]?.parent, own)
})

test('a controller that is not delegated stops the runner (recorded layout)', async (t) => {
  const { prepare } = await recorded(t, service, 'cpu pids')
  try {
    assert.fail(`prepared ${prepare({ pids: 40, memory_mb: 64 })}`)
  } catch (error) {
    const expected = /^runner\.limits\.memory_mb: expected the memory controller .*, got none in \//
    assert.match(lineOf(error), expected)
  }
})

test('what is written for a task, and how a limit that was met is told (recorded layout)', async (t) => {
  const { own, prepare, read } = await recorded(t)
  const limits = prepare({ memory_mb: 64, cpus: 0.5, pids: 40 })
  const files = ['memory.max', 'memory.swap.max', 'memory.oom.group', 'cpu.max', 'pids.max']
  const group = `outstation-v2-${process.pid}`
  const made = [...files, 'cgroup.procs', 'cgroup.kill'].map((file) => [`${group}/${file}`, ''])
  const events = (oom: number) => ({
    [`${group}/memory.events`]: `low 0\nhigh 0\nmax 9\noom ${oom}\noom_kill ${oom}\n`,
    [`${group}/pids.events`]: 'max 0\n',
  })
  write(own, { ...Object.fromEntries(made), ...events(0) })
  const cgroup = openCgroup(group.replace('outstation-', ''), limits)
  t.after(() => cgroup?.close())
  assert.deepEqual(
    files.map((file) => read(`${group}/${file}`)),
    ['67108864', '0', '1', '50000 100000', '40'],
  )
  assert.equal(cgroup?.met(), undefined)
  write(own, events(1))
  assert.match(cgroup?.met() ?? '', /^ended by the memory limit of 64 MB/)
  write(own, { ...events(0), [`${group}/pids.events`]: 'max 3\n' })
  assert.match(cgroup?.met() ?? '', /^met the limit of 40 processes/)
  cgroup?.kill()
  assert.equal(read(`${group}/cgroup.kill`), '1')
})

const free = 'hugetlb'
const kernel = unlessKernel()

/** In a process of its own: it steps aside for good. Prints where it is, and what the kernel took. */
const runner = `
import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { openCgroup } from './runner/job/cgroup.ts'
import { delegated } from './runner/job/limits.ts'
const [group] = process.argv.slice(-1)
writeFileSync(group + '/cgroup.procs', String(process.pid))
const parent = delegated('${free}')
const limit = { parent, writes: [['${free}.2MB.max', '4194304']], count: ['${free}.2MB.events', 'max'], words: 'met' }
const cgroup = openCgroup('task', [limit])
const child = spawn('sh', ['-c', 'read _; setsid sleep 900 & echo started; wait'])
cgroup.adopt(child.pid)
child.stdin.write('go\\n')
await once(child.stdout, 'data')
const self = readFileSync('/proc/self/cgroup', 'utf8').split('\\n').find((line) => line.startsWith('0::'))
const most = readFileSync(parent + '/outstation-task/${free}.2MB.max', 'utf8').trim()
const members = cgroup.pids().length
cgroup.kill()
const [, signal] = await once(child, 'exit')
while (cgroup.pids().length > 0) await new Promise((next) => setImmediate(next))
cgroup.close()
console.log(JSON.stringify({ parent, self, most, members, signal, met: cgroup.met() ?? null }))
`

test('the kernel lets the runner step aside, keeps a limit and ends a task', {
  skip: kernel,
}, async (t) => {
  const top = groupOf() as string
  const group = join(top, `outstation-test-${process.pid}`)
  // It stays handed down: others may be about the same.
  writeFileSync(join(top, 'cgroup.subtree_control'), `+${free}`)
  mkdirSync(group)
  t.after(() => {
    rmdirSync(join(group, 'outstation-runner'))
    rmdirSync(group)
  })
  const args = ['--import', 'tsx', '--input-type=module', '-e', runner, group]
  const cwd = join(import.meta.dirname, '../../..')
  const told = JSON.parse(execFileSync(process.execPath, args, { cwd, encoding: 'utf8' }))
  assert.deepEqual(told, {
    parent: group,
    self: `0::/${group.split('/').at(-1)}/outstation-runner`,
    ...{ most: '4194304', members: 2, signal: 'SIGKILL', met: null },
  })
})

/** Why the kernel's own cannot be shown here, or false. */
function unlessKernel(): string | false {
  try {
    const top = groupOf()
    if (top === undefined) return 'no control groups of version 2 here'
    if (process.getuid?.() !== 0) return 'only root may make control groups here'
    const controllers = readFileSync(join(top, 'cgroup.controllers'), 'utf8').trim().split(' ')
    return controllers.includes(free) ? false : `the controller ${free} is not free here`
  } catch (error) {
    return lineOf(error)
  }
}
