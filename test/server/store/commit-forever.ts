/**
 * A process to be killed: commits pairs of rows for ever, and prints how many pairs it was promised.
 * `node commit-forever.ts FILE`
 */
import { writeSync } from 'node:fs'
import { openSqlite } from '../../../server/store/open.ts'

const [file = ''] = process.argv.slice(2)
const store = await openSqlite(file)
const rows = await store.read('projects').whereLike('name', 'pair %').pluck('id')
let next = rows.length / 2

async function commitForever(): Promise<never> {
  for (;;) {
    const name = `pair ${next++}`
    await store.commit(async ({ db }) => {
      await db('projects').insert({ name, created: 1 })
      await db('projects').insert({ name, created: 2 })
    })
    promised += 1
    writeSync(1, `${promised}\n`)
  }
}

let promised = next
await Promise.all([commitForever(), commitForever(), commitForever()])
