/**
 * The far side of a fleet, a process of its own: the link, which can be cut, and many runners behind it.
 * They are real ones, each with a journal and a TLS connection of its own; they only take no task.
 */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FaultProxy } from '../../test/kit/fault-proxy.ts'
import { startLightRunner } from '../../test/kit/light-runner.ts'
import { wallClock } from '../benchmark.ts'

export interface FarSideSetup {
  /** Of the broker, on loopback. */
  port: number
  ca: string
  runners: { id: number; token: string }[]
}

/** watch: tell when all have been welcomed anew, from now on. cut: the same, and cut every connection. */
export type FarSideOrder = 'watch' | 'cut'

/** When each was welcomed, ms since 1970. */
export type FarSideReport = number[]

const [setup] = (await once(process, 'message')) as [FarSideSetup]
const link = await FaultProxy.start(setup.port)
const folder = mkdtempSync(join(tmpdir(), 'outstation-fleet-'))
/** Runner -> when it was welcomed; not in here while it is away. */
let welcomed = new Map<number, number>()

process.on('message', (order: FarSideOrder) => {
  welcomed = new Map()
  if (order === 'cut') link.cut()
})
for (const end of ['disconnect', 'SIGTERM']) process.once(end, () => process.exit())
process.once('exit', () => rmSync(folder, { recursive: true }))
const { port } = link
for (const { id, token } of setup.runners) {
  const onWelcome = () => cameBack(id)
  startLightRunner({ id, token, port, ca: setup.ca, folder, onWelcome })
}

function cameBack(runner: number): void {
  welcomed.set(runner, wallClock())
  if (welcomed.size === setup.runners.length) process.send?.([...welcomed.values()])
}
