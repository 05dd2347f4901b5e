/**
 * D7: a runner that was given up comes back. What still runs there is killed, what it reports is kept and
 * changes nothing; and a task goes back to the queue no more often than its template says.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { type CommandLine, commandLineOf } from '../kit/command-line.ts'
import { FaultProxy } from '../kit/fault-proxy.ts'
import { findingsOf, found } from '../kit/findings.ts'
import { openGate, waitAt } from '../kit/gate.ts'
import { commandLine, taskProcesses } from '../kit/processes.ts'
import { openWorld, type World } from '../kit/world.ts'
import type { WorldRunner } from '../kit/world-runner.ts'

/** Counts its runs in the file `$1`; the n-th says so, and ends at the gate `$2-n`. */
const script = `echo run >> "$1"
n=$(wc -l < "$1")
echo "run $n begun"
${waitAt('$2-$n')}echo "run $n over"
`

class Place {
  readonly proxy: FaultProxy
  readonly runner: WorldRunner

  private constructor(proxy: FaultProxy, runner: WorldRunner) {
    this.proxy = proxy
    this.runner = runner
  }

  static async make(): Promise<Place> {
    const proxy = await FaultProxy.start(world.mqttPort)
    const mqtt_url = `mqtts://localhost:${proxy.port}`
    const place = new Place(proxy, await world.addRunner({ runner: { mqtt_url } }))
    await place.runner.start()
    return place
  }

  async cut(): Promise<void> {
    const noticed = this.runner.next('disconnected')
    this.proxy.down()
    await noticed
  }

  async takes(active: boolean): Promise<void> {
    const answer = await world.api.post(`/api/runners/${this.runner.id}/active`, { active })
    assert.equal(answer.status, 204)
  }

  /** Processes of tasks there. */
  get working(): string[] {
    return taskProcesses(this.runner.folder).map(commandLine)
  }

  /** Its link comes back, and it says that its run is over. */
  async heal(task: number): Promise<void> {
    const ended = this.runner.next('task ended', { task })
    this.proxy.up()
    await ended
  }
}

let world: World
let outstation: CommandLine
let one: Place
let other: Place
before(async () => {
  // On a slow machine nobody is to be given up who is there.
  const runners = { offline_timeout_sec: 8, task_fail_timeout_sec: 6 }
  world = await openWorld({ files: { 'work.sh': script }, runners: 0, server: { runners } })
  outstation = await commandLineOf(world)
  one = await Place.make()
  other = await Place.make()
})
after(async () => {
  await world.close()
  for (const { proxy } of [one, other]) proxy.close()
})

/** A task that runs on the one, is given up there, and runs on the other, while the first run goes on. */
async function givenUpOnce(name: string) {
  const [runs, gate] = [join(world.folder, `${name}-runs`), join(world.folder, `${name}-gate`)]
  const template = await world.template({
    name,
    playbook: 'work.sh',
    arguments: JSON.stringify([runs, gate]),
    silence_policy: 'requeue',
    idempotent: true,
    max_requeues: 1,
  })
  await other.takes(false)
  const task = await world.run(template)
  await world.printed(task, 'run 1 begun\n')
  await one.cut()
  await other.takes(true)
  await world.printed(task, 'run 2 begun\n')
  assert.ok(one.working.length > 0, 'the first run knows nothing of that')
  return { task, gate, runs: async () => (await readFile(runs, 'utf8')).split('\n').length - 1 }
}

const late = (attempt: number, { runner }: Place, outcome: string) =>
  new RegExp(
    `attempt ${attempt} on runner ${runner.id} '.*' was given up and reported after all: ${outcome}; this changes nothing`,
  )
const how = async (task: number) => {
  const { attempt, runner_id, reason } = await world.task(task)
  return { attempt, runner_id, reason }
}
const logOf = async (task: number, attempt: number) =>
  (await world.api.get(`${world.project.path}/tasks/${task}/raw_output?attempt=${attempt}`)).text

test('the first run is killed, and its result is evidence beside that of the second', async () => {
  const { task, gate, runs } = await givenUpOnce('killed')
  const before = await how(task)
  assert.deepEqual(before, { attempt: 2, runner_id: other.runner.id, reason: null })
  await one.heal(task)
  assert.deepEqual(one.working, [])
  await found(world, task, 'evidence', late(1, one, 'cancelled'))
  assert.deepEqual(await how(task), before)
  assert.match(await outstation('task', 'explain', `${task}`), late(1, one, 'cancelled'))

  await openGate(`${gate}-2`)
  assert.equal((await world.finished(task)).status, 'success')
  assert.deepEqual(await how(task), before)
  assert.match(await logOf(task, 1), /run 1 begun\n(?!run 1 over)/)
  assert.match(await logOf(task, 2), /run 2 begun\nrun 2 over\n$/)
  assert.equal(await runs(), 2)
})

test('a first run that ended meanwhile changes nothing either, nor does a task that is over', async () => {
  const { task, gate } = await givenUpOnce('ended')
  await openGate(`${gate}-2`)
  assert.equal((await world.finished(task)).status, 'success')
  const before = await world.task(task)
  const ended = one.runner.next('task ended', { task })
  await openGate(`${gate}-1`)
  await ended
  one.proxy.up()
  await found(world, task, 'evidence', late(1, one, 'succeeded'))
  assert.deepEqual(await world.task(task), before)
  assert.match(await logOf(task, 1), /run 1 begun\nrun 1 over\n$/, 'its log is kept, too')
})

test('it goes back to the queue max_requeues times; the next silence ends it', async () => {
  const { task, runs } = await givenUpOnce('twice')
  await one.heal(task)
  await found(world, task, 'evidence', late(1, one, 'cancelled'))
  // The first one is there and free, and yet it is not given to it again.
  await other.cut()
  await found(world, task, 'grace', /it ends as error: it was requeued 1 of at most 1 times/)
  const { status, attempt, reason } = await world.finished(task)
  assert.deepEqual(
    [status, attempt, reason],
    ['error', 2, `runner ${other.runner.id} stopped responding`],
  )
  await other.heal(task)
  assert.deepEqual(other.working, [])
  await found(world, task, 'evidence', late(2, other, 'cancelled'))
  const codes = (await findingsOf(world, task)).map(({ code }) => code)
  assert.deepEqual(codes, ['ended', 'evidence', 'evidence'])
  assert.equal(await runs(), 2)
})
