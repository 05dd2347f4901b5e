/** What holds for every view that there is: accessible in both themes, nothing wider than the window. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { openWorld, type World } from '../kit/world.ts'
import {
  buildPage,
  noBrowser,
  openBrowser,
  openPage,
  shoot,
  signIn,
  violations,
} from './browser.ts'

const files = { 'hello.sh': 'echo Hello' }
const list = readFileSync(join(import.meta.dirname, '../../web/views/index.ts'), 'utf8')
const patterns = [...list.matchAll(/pattern: '(.+)'/g)].map(([, pattern]) => pattern as string)

describe('the page: every view', { skip: noBrowser }, () => {
  let world: World
  let browser: Browser
  before(async () => {
    await buildPage()
    ;[world, browser] = await Promise.all([openWorld({ files }), openBrowser()])
    const task = await world.script('hello.sh')
    await world.create('integrations', { name: 'Pushes', template_id: 1 })
    await world.finished(task)
  })
  after(async () => {
    await browser?.close()
    await world?.close()
  })

  /** Whatever a view names in its address is there, and is the first of its kind. */
  const addressOf = (pattern: string) =>
    pattern.replace(':project', String(world.project.id)).replace(/:\w+/g, '1')
  const nameOf = (pattern: string) =>
    pattern.replaceAll(/\W+/g, '-').replaceAll(/^-|-$/g, '') || 'home'

  for (const theme of ['light', 'dark'] as const) {
    test(`is accessible and fits, ${theme}, at each width`, async () => {
      const { page, complaints, close } = await openPage(browser, world.url, { theme })
      await signIn(page)
      for (const pattern of patterns) {
        await page.goto(addressOf(pattern))
        await settled(page)
        for (const width of [360, 768, 1280]) {
          await page.setViewportSize({ width, height: 900 })
          const where = `${pattern} ${theme} ${width}`
          assert.deepEqual(await violations(page), [], where)
          assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width, where)
          await shoot(page, `${nameOf(pattern)}-${theme}-${width}`)
        }
      }
      assert.deepEqual(complaints, [])
      await close()
    })
  }
})

/** Nothing is on its way any more. */
async function settled(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor()
  await page.locator('.skeleton').first().waitFor({ state: 'detached' })
}
