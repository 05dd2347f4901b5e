/**
 * D4: the spool's cap. A task that prints more than the runner may keep while its link is down is held up
 * in its own write: it is not ended, and nothing of what it prints is dropped.
 */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { systemClock } from '../../lib/clock.ts'
import { FaultProxy } from '../kit/fault-proxy.ts'
import { openGate, waitAt } from '../kit/gate.ts'
import { bytesWritten, commandLine, sleepsIn, taskProcesses } from '../kit/processes.ts'
import { openWorld, type World } from '../kit/world.ts'
import type { WorldRunner } from '../kit/world-runner.ts'

const mb = 1_048_576
const printed = 5 * mb
const cap = mb
/** What the runner and the pipe hold beside the disk: 1 MiB that is not stored yet, and a little. */
const inMemory = 1.5 * mb

let world: World
let proxy: FaultProxy
let runner: WorldRunner
before(async () => {
  world = await openWorld({
    files: { 'print.sh': `echo begun\n${waitAt('$1')}cat "$2"\necho over\n` },
    runners: 0,
  })
  proxy = await FaultProxy.start(world.mqttPort)
  const mqtt_url = `mqtts://localhost:${proxy.port}`
  runner = await world.addRunner({ runner: { mqtt_url, spool_max_mb: cap / mb } })
  await runner.start()
})
after(async () => {
  await world.close()
  proxy.close()
})

test('5 MB over a cap of 1 MB: the program waits in its write, then all of it comes', async () => {
  const data = randomBytes(printed)
  const [gate, file] = [join(world.folder, 'gate'), join(world.folder, 'random')]
  await writeFile(file, data)
  const task = await world.script('print.sh', gate, file)
  await world.printed(task, 'begun\n')
  const cut = runner.next('disconnected')
  proxy.down()
  await cut
  const full = runner.next('spool: at its cap, the task waits for acknowledgements')
  await openGate(gate)
  await full

  const { pid, written } = await heldUp(`cat ${file}`)
  assert.ok(written <= cap + inMemory, `${written} bytes were taken of it`)
  assert.ok(sizeOf(join(runner.state, 'spool')) <= cap)
  const dropped = runner.events.filter(({ event }) => event.includes('dropped'))
  assert.deepEqual(dropped, [], 'nothing was acknowledged that could be')

  const back = runner.next('connected')
  proxy.up()
  await back
  assert.equal((await world.finished(task)).status, 'success')
  assert.equal(commandLine(pid), '')
  const { bytes } = await world.api.get(`${world.project.path}/tasks/${task}/raw_output`)
  const from = bytes.indexOf('begun\n') + 'begun\n'.length
  assert.equal(bytes.length, from + printed + 'over\n'.length)
  assert.equal(String(bytes.subarray(-5)), 'over\n')
  assert.equal(sha256(bytes.subarray(from, from + printed)), sha256(data))
})

/** The task's process of this command, once it is in a write to its pipe that does not go on. */
async function heldUp(command: string): Promise<{ pid: number; written: number }> {
  const patience = AbortSignal.timeout(30_000)
  for (let before = -1; !patience.aborted; await systemClock.sleep(250)) {
    const pid = taskProcesses(runner.folder).find((one) => commandLine(one) === command)
    if (pid === undefined) assert.fail(`${command} has ended`)
    const written = bytesWritten(pid)
    if (written === before && /pipe/.test(sleepsIn(pid))) return { pid, written }
    before = written
  }
  assert.fail(`${command} is not held up`)
}

/** Bytes of all files in a folder. */
function sizeOf(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
