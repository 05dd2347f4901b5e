/** docs/webhooks.md does what it says: its receivers run, and its example has the fields that are sent. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { OutboxWorld, secret } from './outbox-world.ts'

const page = readFileSync(join(import.meta.dirname, '../../../../docs/webhooks.md'), 'utf8')

function block(language: string): string {
  const [, text] = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 's').exec(page) ?? []
  assert.ok(text, `docs/webhooks.md has no block of ${language}`)
  return text
}

test('the example has the fields that are sent', async (t) => {
  const world = await OutboxWorld.open(t)
  await world.addWebhook('https://a.example/')
  await world.finishTask()
  const [row] = await world.deliveries()
  const sent = JSON.parse(row?.body ?? '')
  const shown = JSON.parse(block('json'))
  assert.deepEqual(Object.keys(shown), Object.keys(sent))
  assert.deepEqual(Object.keys(shown.data), Object.keys(sent.data))
})

const receivers = [
  { language: 'js', command: process.execPath, file: 'receiver.mjs' },
  { language: 'python', command: 'python3', file: 'receiver.py' },
]

for (const { language, command, file } of receivers) {
  const missing = spawnSync(command, ['--version']).status !== 0 && !process.env.CI
  const skip = missing ? `${command} is not installed` : false
  test(`the receiver in ${language} takes our messages, once, and no others`, {
    skip,
  }, async (t) => {
    const world = await OutboxWorld.open(t)
    const path = join(world.folder, file)
    await writeFile(path, block(language))
    const env = { ...process.env, WEBHOOK_SECRET: secret, PORT: '0' }
    const child = spawn(command, [path], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    world.cleanup.defer(() => end(child))
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const nextLine = async () => (await lines.next()).value as string
    const [, port] = /^listening on (\d+)$/.exec(await nextLine()) ?? []
    const url = `http://127.0.0.1:${port}/`

    await world.addWebhook(url)
    world.sender()
    const task = await world.finishTask({ status: 'stopped' })
    assert.equal(await nextLine(), `task ${task} stopped`)
    await world.log.seen('webhook delivered')
    const { headers, body } = forged(await world.deliveries())
    assert.equal((await fetch(url, { method: 'POST', headers, body })).status, 401)

    await world.store.commit(async (tx) => {
      await tx.db('deliveries').update({ state: 'pending', next_try: world.clock.now() })
      tx.emit({ kind: 'delivery' })
    })
    await world.log.seen('webhook delivered', 2)
    const other = await world.finishTask({ status: 'error' })
    assert.equal(await nextLine(), `task ${other} error`)
  })
}

/** A true id and body under a signature that is none. */
function forged([row]: { message_id: string; body: string }[]) {
  const headers = {
    'webhook-id': row?.message_id ?? '',
    'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
    'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}`,
  }
  return { headers, body: row?.body ?? '' }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill()
  await ended
}
