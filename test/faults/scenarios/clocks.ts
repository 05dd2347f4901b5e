/**
 * The wall clocks of server and runners jump by a day, forth and back, while tasks run: nobody may be
 * taken for silent. Then they stay wrong by days while links are cut, processes started again and
 * webhooks refused: what is new must be made under a wrong clock as under a right one.
 */
import { join } from 'node:path'
import { systemClock } from '../../../lib/clock.ts'
import type { Program } from '../../kit/program.ts'
import { judge } from '../judge.ts'
import { areBack, cutAndReturn, type Link, openLinks } from '../link.ts'
import type { Scenario, Stage } from '../scenario.ts'
import { Trial } from '../trial.ts'
import { lacksFaketime, WallClock } from '../wall-clock.ts'

const size = { runners: 2, tasksAtOnce: 6, steps: 40, rounds: 5 }
/** The deadline of a task that would run for ever, s; and by how much its end may be seen to differ. */
const deadline = { seconds: 12, grace: 5 }
const files = { 'endless.sh': 'while sleep 0.1; do echo on; done\n' }
/** Days: as far as the certificates reach back on a machine that has just been set up, and further. */
const wrong = [-2, 2]
/** A webhook that was refused comes again after 5 s; and an alarm with the next hello. */
const soonMs = 30_000

export const setClocks: Scenario<typeof size> = {
  name: 'clocks',
  title: 'wall clocks jump by a day, forth and back, and stay wrong by two',
  quick: { ...size, steps: 8, rounds: 1 },
  full: size,
  limits: { quick: 180, full: 900 },
  missing: lacksFaketime,
  async run(size, stage) {
    const trial = await Trial.open(stage, {
      runners: 0,
      pace: { lines: 300, burst: 20, pause: 0.1 },
      files,
      server: { max_task_duration_sec: deadline.seconds },
    })
    const { folder, server } = trial.world
    const links = await openLinks(size.runners, trial, stage)
    const clocks: WallClock[] = []
    for (const program of [server, ...links.map(({ runner }) => runner)]) {
      const clock = new WallClock(program, join(folder, `clock-${clocks.length}`))
      await clock.set(0)
      clocks.push(clock)
      await trial.restart(program, clock.env)
    }
    let busy = true
    const work = trial.keepBusy(size.tasksAtOnce, () => busy)
    const overdue = expectDeadline(trial, stage)
    for (let turn = 0; turn < size.steps; turn += 1) {
      await step(stage.random.of(clocks), stage.random.of([1, -1, 0]), stage)
      await systemClock.sleep(stage.random.int(500, 1_500))
    }
    await overdue
    for (const clock of clocks) await step(clock, 0, stage)
    const programs = clocks.map(({ program }) => program)
    expectNone(/^(runner silent|disconnected)$/, programs, stage)
    for (let round = 0; round < size.rounds; round += 1) {
      for (const clock of round === 0 ? clocks.slice(0, 2) : clocks) {
        for (const days of wrong) {
          const isServer = clock.program === server
          const own = links.filter(({ runner }) => isServer || runner === clock.program)
          await beginAnew({ clock, days, own, trial, stage })
          expectNone(/^runner silent$/, [server], stage)
        }
      }
    }
    busy = false
    await work
    await judge(trial, stage)
  },
}

/** It counts once its process has seen it. */
async function step(clock: WallClock, days: number, stage: Stage): Promise<void> {
  await clock.set(days)
  stage.expect(await clock.isSeen(), `a process logs by its clock, ${days} d beside the truth`)
  stage.fault('clock steps')
}

interface Turn {
  clock: WallClock
  days: number
  /** The links that end at the process. */
  own: readonly Link[]
  trial: Trial
  stage: Stage
}

/** Connections, a start and a webhook of one process whose clock is wrong; then it is set right. */
async function beginAnew({ clock, days, own, trial, stage }: Turn): Promise<void> {
  const { server } = trial.world
  const { program } = clock
  const runners = own.map(({ runner }) => runner)
  const place = `${program === server ? 'the server' : 'a runner'}, ${days} d beside the truth`
  await step(clock, days, stage)
  stage.expect(await cutAndReturn(own), `new connections: ${place}`)
  stage.fault('links cut under a wrong clock', own.length)
  await expectAlarm(true, own, { trial, stage, place })

  const back = program === server ? areBack(runners) : Promise.resolve(true)
  await trial.restart(program, clock.env)
  stage.expect(await back, `connections after a start: ${place}`)
  stage.expect(await clock.isSeen(), `a process logs by its clock after a start: ${place}`)
  stage.fault('starts under a wrong clock')

  const refused = program === server ? server.next('webhook not delivered') : undefined
  const again = refused && trial.told.refuseOne()
  await refused
  await step(clock, 0, stage)
  if (again !== undefined) {
    const late = systemClock.sleep(soonMs).then(() => false)
    const came = await Promise.race([again.then(() => true), late])
    stage.expect(came, `a webhook comes again within ${soonMs} ms: refused at ${place}`)
    stage.fault('webhooks refused under a wrong clock')
  }
  stage.expect(await cutAndReturn(own), `new connections, the clock being right again: ${place}`)
  await expectAlarm(false, own, { trial, stage, place })
}

/** The operator sees which clocks are wrong, and that they are right again. */
async function expectAlarm(
  isUp: boolean,
  own: readonly Link[],
  { trial, stage, place }: { trial: Trial; stage: Stage; place: string },
): Promise<void> {
  const endsAt = systemClock.monotonic() + soonMs
  for (const { runner } of own) {
    for (;;) {
      const { alarms } = (await trial.world.api.get(`/api/runners/${runner.id}`)).json()
      const kinds: string[] = alarms.map(({ kind }: { kind: string }) => kind)
      if (kinds.includes('clock') === isUp) break
      if (systemClock.monotonic() > endsAt) {
        stage.expect(false, `the alarm "clock" is ${isUp ? 'up' : 'over'}: ${place}`)
        break
      }
      await systemClock.sleep(100)
    }
  }
}

/** A task that would run for ever is ended by its deadline: not sooner, and not much later. */
async function expectDeadline({ world }: Trial, stage: Stage): Promise<void> {
  const task = await world.run(await world.template({ name: 'Endless', playbook: 'endless.sh' }))
  await world.printed(task, 'on\n')
  const began = systemClock.monotonic()
  const { status, reason } = await world.finished(task)
  const took = (systemClock.monotonic() - began) / 1000
  const isDue = took > deadline.seconds - deadline.grace && took < deadline.seconds + deadline.grace
  stage.expect(
    status === 'error' && isDue,
    `a deadline of ${deadline.seconds} s ends a task after that time: ${status} after ${took} s, ${reason}`,
  )
  stage.count('deadlines')
}

/** Nobody was taken for silent, and, as long as no link is cut, nobody was thrown out. */
function expectNone(odd: RegExp, programs: readonly Program[], stage: Stage): void {
  for (const program of programs) {
    const found = program.events.filter(({ event }) => odd.test(event))
    stage.expect(found.length === 0, `no lease ends by a clock: ${JSON.stringify(found)}`)
  }
}
