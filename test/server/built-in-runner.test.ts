import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startBuiltInRunner } from '../../server/built-in-runner.ts'
import { toServerConfig } from '../../server/config.ts'
import type { RunningServer } from '../../server/main.ts'
import { EventLog } from './feed/webhooks/outbox-world.ts'

test('a machine that cannot start a process now does not take its server down', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'outstation-built-in-'))
  const { execPath } = process
  t.after(async () => {
    process.execPath = execPath
    await rm(folder, { recursive: true })
  })
  process.execPath = join(folder, 'no-such-program')
  const log = new EventLog()
  const server = { url: 'https://localhost:1', caPem: '', ownRunnerToken: async () => 'token' }
  const runner = await startBuiltInRunner({
    config: toServerConfig({ value: { data_dir: folder }, env: {} }),
    server: server as unknown as RunningServer,
    log,
  })
  await log.seen('built-in runner ended; starting it again')
  await runner.close()
})
