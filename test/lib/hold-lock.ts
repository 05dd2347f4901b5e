/**
 * A process that takes a lock, says so, and holds it until it is killed or told to let go by the end
 * of its input. `node hold-lock.ts FILE`
 */
import { writeSync } from 'node:fs'
import { lineOf } from '../../lib/errors.ts'
import { lockFile } from '../../lib/lock.ts'

const [path = ''] = process.argv.slice(2)
const say = (line: string) => writeSync(1, `${line}\n`)
say('ready')
process.stdin.once('data', async () => {
  try {
    const lock = await lockFile(path, 'a test')
    say('taken')
    process.stdin.once('end', () => lock.close())
  } catch (error) {
    say(`refused ${lineOf(error)}`)
    process.stdin.destroy()
  }
})
