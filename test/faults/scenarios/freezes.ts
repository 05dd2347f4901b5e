/**
 * Processes are stopped for longer than lease and keepalive (SIGSTOP; a suspended machine, a hypervisor
 * that moves it), while tasks run: of a runner nothing is heard, a server hears nobody. Neither loses a
 * task, nor interrupts one, nor has it run twice; and a server that was stopped takes nobody for silent.
 */
import { systemClock } from '../../../lib/clock.ts'
import type { Body } from '../../kit/http.ts'
import type { WorldRunner } from '../../kit/world-runner.ts'
import { judge } from '../judge.ts'
import { areBack } from '../link.ts'
import type { Scenario, Stage } from '../scenario.ts'
import { Trial } from '../trial.ts'

/** `mostMs`: some freezes last so long, which in the larger is beyond the 30 s of a grant. */
const size = { runners: 3, tasksAtOnce: 6, rounds: 8, mostMs: 45_000 }
/** As short as can be, s. */
const lease = 8
const keepalive = 5
/** Within this it is shown that a runner is silent, ms. */
const shownMs = 10_000

export const freezeProcesses: Scenario<typeof size> = {
  name: 'freezes',
  title: 'server and runners stopped for longer than a lease',
  quick: { ...size, rounds: 1, mostMs: 10_000 },
  full: size,
  limits: { quick: 150, full: 2_400 },
  async run(size, stage) {
    const trial = await Trial.open(stage, {
      runners: size.runners,
      pace: { lines: 200, burst: 5, pause: 0.1 },
      server: { runners: { offline_timeout_sec: lease } },
      runner: { mqtt_keepalive_sec: keepalive },
    })
    let busy = true
    const work = trial.keepBusy(size.tasksAtOnce, () => busy)
    for (let round = 0; round < size.rounds; round += 1) {
      const ms = () => stage.random.int(0, size.mostMs)
      await freezeRunner(await oneThatWorks(trial), ms(), trial, stage)
      await trial.told.tasks(trial.told.ids.size + 1)
      await freezeServer(ms(), trial, stage)
      await trial.told.tasks(trial.told.ids.size + 1)
    }
    busy = false
    await work
    await judge(trial, stage)
  },
}

/** Until it is silent, and for at least so long. */
async function freezeRunner(
  runner: WorldRunner,
  ms: number,
  { world: { server, api, project } }: Trial,
  stage: Stage,
): Promise<void> {
  const silent = server.next('runner silent', { runner: runner.id })
  runner.signal('SIGSTOP')
  await Promise.all([silent, systemClock.sleep(ms)])
  const isShown = async () => {
    const tasks: Body[] = (await api.get(`${project.path}/tasks`)).json()
    return tasks.some((task) => task.status === 'unreachable' && task.runner_id === runner.id)
  }
  // It is written down when it has been said.
  const endsAt = systemClock.monotonic() + shownMs
  let shown = await isShown()
  while (!shown && systemClock.monotonic() < endsAt) {
    await systemClock.sleep(100)
    shown = await isShown()
  }
  stage.expect(shown, 'what runs on a silent runner is shown as unreachable')
  const back = areBack([runner])
  runner.signal('SIGCONT')
  stage.expect(await back, 'a runner that was stopped comes back')
  stage.fault('freezes of a runner beyond its lease')
}

/** Until all runners have noticed, and for at least so long. */
async function freezeServer(
  ms: number,
  { world: { server, runners } }: Trial,
  stage: Stage,
): Promise<void> {
  const gone = runners.map((runner) => runner.next('disconnected'))
  server.signal('SIGSTOP')
  await Promise.all([...gone, systemClock.sleep(Math.max(ms, (lease + 2) * 1000))])
  const known = server.events.length
  const back = areBack(runners)
  server.signal('SIGCONT')
  stage.expect(await back, 'runners come back to a server that was stopped')
  const silent = server.events.slice(known).filter(({ event }) => event === 'runner silent')
  stage.expect(
    silent.length === 0,
    `a server that was stopped itself takes nobody for silent: ${JSON.stringify(silent)}`,
  )
  stage.fault('freezes of the server beyond the lease')
}

/** Waits for a task that runs, and takes its runner. */
async function oneThatWorks({ world }: Trial): Promise<WorldRunner> {
  for (;;) {
    const tasks: Body[] = (await world.api.get(`${world.project.path}/tasks`)).json()
    // The youngest: it runs on for a while.
    const running = tasks.filter(({ status }) => status === 'running')
    const youngest = Math.max(...running.map(({ id }) => Number(id)))
    const at = running.find(({ id }) => id === youngest)?.runner_id
    const runner = world.runners.find(({ id }) => id === at)
    if (runner !== undefined) return runner
    await systemClock.sleep(100)
  }
}
