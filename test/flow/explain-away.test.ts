/** What is said of a task whose runner is away, or far behind with its log: to programs, and to a person. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type CommandLine, commandLineOf } from '../kit/command-line.ts'
import { FaultProxy } from '../kit/fault-proxy.ts'
import { findingsOf, found } from '../kit/findings.ts'
import { openGate, waitAt } from '../kit/gate.ts'
import { openWorld, type World } from '../kit/world.ts'
import type { WorldRunner } from '../kit/world-runner.ts'

const lines = 340
const files = {
  'hold.sh': `echo begun\n${waitAt('$1')}`,
  // Lines that do not get smaller on their way.
  'print.sh': `echo begun\n${waitAt('$1')}head -c ${450 * (lines - 1)} /dev/urandom | base64 -w 600\necho printed\n${waitAt('$2')}`,
}
const graceSec = 600

let world: World
let proxy: FaultProxy
let runner: WorldRunner
let outstation: CommandLine
before(async () => {
  world = await openWorld({ files, runners: 0, server: { runners: { offline_timeout_sec: 5 } } })
  outstation = await commandLineOf(world)
  proxy = await FaultProxy.start(world.mqttPort)
  runner = await world.addRunner({ runner: { mqtt_url: `mqtts://localhost:${proxy.port}` } })
  await runner.start()
})
after(async () => {
  await world.close()
  proxy.close()
})

/** A task of this script, begun and then cut off; its runner is waited for. */
async function cutOff(playbook: string, ...gates: string[]): Promise<number> {
  const columns = { name: playbook, playbook, silence_grace_sec: graceSec }
  const task = await world.run(
    await world.template({ ...columns, arguments: JSON.stringify(gates) }),
  )
  await world.printed(task, 'begun\n')
  await cut()
  return task
}

async function cut(): Promise<void> {
  const noticed = runner.next('disconnected')
  proxy.down()
  await noticed
}

async function restoreLink(): Promise<void> {
  const back = runner.next('connected')
  proxy.up()
  await back
}

test('unreachable, with the time that is left until its policy decides', async () => {
  const gate = join(world.folder, 'gate')
  const task = await cutOff('hold.sh', gate)
  await world.until(task, ({ status }) => status === 'unreachable')
  const { until } = await found(
    world,
    task,
    'grace',
    /^in 9 min \d+ s the policy `fail` ends it as error$/,
  )
  const left = Date.parse(until) - Date.now()
  assert.ok(left > 0 && left <= graceSec * 1000, `${left} ms are left`)
  const { text } = await found(world, task, 'grace')
  await found(world, task, 'grace', new RegExp(`^(?!${text}$)in 9 min \\d+ s the policy`))

  const [head, silent, grace, ...more] = (await outstation('task', 'explain', `${task}`)).split(
    '\n',
  )
  assert.equal(head, `task ${task}: unreachable`)
  const who = `runner ${runner.id} '.*' says nothing, last heard at [-\\d ]*\\d\\d:\\d\\d:\\d\\d`
  assert.match(silent ?? '', new RegExp(`^- ${who}: how attempt 1 stands only it knows, .*$`))
  assert.match(grace ?? '', /^- in \d min( \d+ s)? the policy `fail` ends it as error$/)
  assert.deepEqual(more, [''])

  await restoreLink()
  await found(world, task, 'running', /^attempt 1 runs on runner \d+ '.*' since \S+Z, last heard /)
  await openGate(gate)
  assert.equal((await world.finished(task)).status, 'success')
})

test('340 lines that are late, as of when their runner was heard last', async () => {
  const [print, end] = [join(world.folder, 'print'), join(world.folder, 'end')]
  const task = await cutOff('print.sh', print, end)
  await openGate(print)
  await runner.spooled(task, 'printed\n')
  // Its hello comes in time, its log does not.
  proxy.rate = 8_000
  await restoreLink()
  const behind =
    /^(\d+) lines of its log were not acknowledged when runner \d+ '.*' was last heard, at (\S+); \d+ kB are still to come$/
  const { text } = await found(world, task, 'log-behind', behind)
  // The acks of what it had printed before may have been lost with the link.
  assertAbout(lines, Number(behind.exec(text)?.[1]))

  await cut()
  await found(world, task, 'runner-away', /is offline/)
  const away = await found(world, task, 'log-behind', behind)
  const { touched } = (await world.api.get(`/api/runners/${runner.id}`)).json()
  assert.equal(behind.exec(away.text)?.[2], `${touched.slice(0, 19)}Z`)
  const said = await outstation('task', 'explain', String(task))
  const told =
    /^- (\d+) lines of its log were not acknowledged when .* last heard, at .*:\d\d; \d+ kB/m
  assertAbout(lines, Number(told.exec(said)?.[1]))

  proxy.rate = Number.POSITIVE_INFINITY
  await restoreLink()
  await openGate(end)
  assert.equal((await world.finished(task)).status, 'success')
  assert.deepEqual(
    (await findingsOf(world, task)).map(({ code }) => code),
    ['ended'],
  )
})

function assertAbout(wanted: number, got: number): void {
  assert.ok(got >= wanted && got < wanted + 5, `expected about ${wanted}, got ${got}`)
}
