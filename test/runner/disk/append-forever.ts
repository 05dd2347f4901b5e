/**
 * A process to be killed: appends to the journal and to a spool for ever, and prints what it was
 * promised. `node append-forever.ts FOLDER`
 */
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock } from '../../../lib/clock.ts'
import { silentLog } from '../../../lib/log.ts'
import { openJournal } from '../../../runner/disk/journal.ts'
import { openSpool } from '../../../runner/disk/spool.ts'

const [dir = ''] = process.argv.slice(2)
const options = { log: silentLog, clock: systemClock }
const { journal, highest } = await openJournal(dir, options)
const spool = await openSpool(join(dir, 'spool'), 1, 1, options)
const promise = (line: string) => writeSync(1, `${line}\n`)

let task = Math.max(0, ...highest.keys())
const accept = async () => {
  for (;;) {
    const mine = ++task
    await journal.append([{ kind: 'accept', task: mine, attempt: 1 }])
    promise(`journal ${mine}`)
  }
}
const log = async () => {
  for (let line = 0; ; line += 1) {
    await spool.write(Buffer.from(`${line} ${'x'.repeat(line % 5000)}\n`), Date.now())
    if (line % 20 === 0) await spool.flush()
    promise(`spool ${spool.synced} ${spool.bytes} ${spool.digest()}`)
  }
}
await Promise.all([accept(), accept(), accept(), log()])
