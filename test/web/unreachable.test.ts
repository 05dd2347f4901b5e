/** A runner that falls silent: since when, and what comes of its task, wherever a person looks. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Locator } from 'playwright-core'
import { openGate, waitAt } from '../kit/gate.ts'
import { noBrowser, shoot, violations } from './browser.ts'
import { siteOf } from './site.ts'

const files = { 'wait.sh': `echo begun\n${waitAt('$1')}` }
// A short lease, and a grace that does not end while somebody looks.
const server = { runners: { offline_timeout_sec: 5, task_fail_timeout_sec: 900 } }

describe('the page: a task whose runner is silent', { skip: noBrowser }, () => {
  const site = siteOf({ files, runners: 1, server })

  test('says for how long, and what becomes of it; no more once it speaks', async () => {
    const { world } = site
    const gate = join(world.folder, 'gate')
    const template = await world.template({
      ...{ name: 'Read meters', playbook: 'wait.sh', arguments: JSON.stringify([gate]) },
    })
    const task = await world.run(template)
    await world.printed(task, 'begun\n')
    const [runner] = world.runners
    runner?.signal('SIGSTOP')
    const { unreachable_since } = await world.until(task, ({ status }) => status === 'unreachable')

    const { page, complaints, close } = await site.open(site.at(`tasks/${task}`))
    const local = await page.evaluate(`new Date('${unreachable_since}').toLocaleString()`)
    const isTold = async (where: Locator) => {
      const since = where.getByTitle(`since ${local}`, { exact: true })
      await since.waitFor()
      assert.match((await since.textContent()) ?? '', /^for (\d+ min )?[\d.]+ (s|min)$/)
    }
    const why = page.getByRole('list', { name: 'Why' })
    for (const width of [1280, 390]) {
      await page.setViewportSize({ width, height: 900 })
      const looks = async (name: string) => {
        assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width, name)
        assert.deepEqual(await violations(page), [], name)
        await shoot(page, `unreachable-${name}-${width}`)
      }
      await page.goto(site.at(`tasks/${task}`))
      await isTold(page.locator('.top'))
      await why.getByText(/^in \d+ min .*the policy `fail` ends it as error$/).waitFor()
      const heard = why.getByText('says nothing, last heard at')
      assert.doesNotMatch((await heard.textContent()) ?? '', /\d{4}-\d\d-\d\dT/, 'by its own clock')
      await looks('task')
      await page.goto(site.at('tasks'))
      await isTold(page.getByRole('row', { name: 'Read meters' }))
      await looks('tasks')
      await page.goto('/')
      await isTold(page.getByRole('region', { name: 'Now' }))
      await looks('overview')
    }

    await page.goto(site.at(`tasks/${task}`))
    await isTold(page.locator('.top'))
    runner?.signal('SIGCONT')
    await page.locator('.top .state', { hasText: 'Running' }).waitFor()
    await page.getByTitle(/^since /).waitFor({ state: 'detached' })
    await why.waitFor({ state: 'detached' })
    await openGate(gate)
    await page.locator('.top .state', { hasText: 'Success' }).waitFor()
    assert.deepEqual(complaints, [])
    await close()
  })
})
