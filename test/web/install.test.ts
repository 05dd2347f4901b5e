/** What "Add runner" shows, pasted as it stands into an empty folder, until the runner has run a task. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { Daemon } from '../kit/daemon.ts'
import { openPasting, type Pasting } from '../kit/pasted.ts'

const noCurl =
  spawnSync('curl', ['--version']).status === 0 || process.env.CI ? false : 'curl is not installed'

describe('what is pasted becomes a runner', { skip: noCurl }, () => {
  let pasting: Pasting
  before(async () => {
    pasting = await openPasting('echo Hello')
  })
  after(() => pasting?.close())

  for (const tab of ['Config file', 'Piped setup', 'Environment']) {
    test(tab, async () => {
      const { text, folder } = await pasting.newRunner(tab)
      const env = { PATH: process.env.PATH as string, HOME: folder }
      const runner = new Daemon(text, { cwd: folder, env })
      try {
        await runner.says(/ connected$/)
        assert.match(await pasting.runScript(), /^Hello$/m)
      } finally {
        await runner.interrupt()
      }
    })
  }
})
