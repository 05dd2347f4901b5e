/**
 * A long log through one runner: read from the process, masked, put on the runner's disk, sent, stored,
 * and found complete by its digest; beside the same script that writes to a file of the same disk.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { AppError } from '../lib/errors.ts'
import { CleanupStack } from '../lib/stack.ts'
import { Program } from '../test/kit/program.ts'
import { openWorld } from '../test/kit/world.ts'
import { type Benchmark, row } from './benchmark.ts'
import { compile } from './compile.ts'
import { openKeptConnection } from './kept-connection.ts'

const lines = 200_000
const text = `seq -f 'line %.0f of a log that is no longer than others, and no shorter' ${lines}\n`
/** Between two looks at the task, whose times the server keeps itself, ms. */
const look = 100

export const benchmark: Benchmark = async ({ runs = 7 } = {}) => {
  await using stack = new CleanupStack()
  const compiled = stack.use(await compile())
  Program.entry = [join(compiled.folder, 'cli.js')]
  const world = stack.use(await openWorld({ files: { 'lines.sh': text } }))
  const http = stack.use(await openKeptConnection(world))
  const template = await world.template({ playbook: 'lines.sh' })
  const tasks = `${world.project.path}/tasks`
  const script = join(world.folder, 'lines.sh')
  await writeFile(script, text)

  const ours: number[] = []
  const least: number[] = []
  let bytes = 0
  for (let turn = -1; turn < runs; turn += 1) {
    let task = await http.post(tasks, { template_id: template })
    while (task.end === null) {
      await pause(look)
      task = await http.get(`${tasks}/${task.id}`)
    }
    if (task.status !== 'success') throw new AppError('conflict', `task: ${task.reason}`)
    const written = await writeToFile(script, join(world.folder, 'lines.log'))
    bytes = written.bytes
    if (turn < 0) continue
    ours.push(Date.parse(task.end) - Date.parse(task.created))
    least.push(written.ms)
  }

  const [first, second] = [row('Outstation', ours), row('to a file', least)]
  const perSecond = Math.round((lines / first.p50) * 1000).toLocaleString('en')
  const megabytes = (bytes / 1000 / first.p50).toFixed(1)
  return {
    title: `${lines.toLocaleString('en')} lines of log, from the start of the task to its end`,
    unit: 'ms',
    rows: [first, second],
    notes: [`Outstation: ${perSecond} lines, ${megabytes} MB a second`],
    ratio: first.p50 / second.p50,
    aims: [],
  }
}

/** The script with its output in a file, up to the fsync of that. */
async function writeToFile(script: string, file: string): Promise<{ ms: number; bytes: number }> {
  const begun = performance.now()
  const output = await open(file, 'w')
  try {
    await once(spawn('bash', [script], { stdio: ['ignore', output.fd, 'inherit'] }), 'close')
    await output.sync()
    return { ms: performance.now() - begun, bytes: (await output.stat()).size }
  } finally {
    await output.close()
  }
}
