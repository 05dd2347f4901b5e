import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { inWords } from '../../web/views/schedules/words.ts'
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

test('cron formats are said in words, the short names too; what is none has no words', () => {
  assert.equal(inWords('*/5 * * * *'), 'Every 5 minutes')
  assert.equal(inWords('30 3 * * 1-5'), 'At 03:30, Monday through Friday')
  assert.equal(inWords('@daily'), 'At 00:00')
  assert.equal(inWords('@every 1h30m'), 'Every 1h30m')
  assert.equal(inWords('TZ=Asia/Tokyo @daily'), 'At 00:00, Asia/Tokyo')
  assert.equal(inWords('often'), undefined)
})

describe('the page: schedules', { skip: noBrowser }, () => {
  let world: World
  let browser: Browser
  before(async () => {
    await buildPage()
    ;[world, browser] = await Promise.all([openWorld({ files: {}, runners: 0 }), openBrowser()])
  })
  after(async () => {
    await browser?.close()
    await world?.close()
  })

  const press = (page: Page, name: string) =>
    page.getByRole('button', { name, exact: true }).click()
  const list = async () => (await world.api.get(`${world.project.path}/schedules`)).json()

  test('one is made with its next times in sight, switched off, made to run once, and deleted', async () => {
    await world.template({ name: 'Backup', playbook: 'backup.sh' })
    const { page, complaints, close } = await openPage(browser, world.url)
    await signIn(page)
    await page.getByRole('link', { name: 'Schedules' }).click()
    await page.getByText('No schedule yet').waitFor()
    await page.getByRole('button', { name: 'New schedule' }).first().click()
    await page.getByLabel('Template').selectOption({ label: 'Backup' })
    const cron = page.getByLabel('Cron format')
    await cron.fill('30 3 * *')
    await page.getByText('cron_format: expected').waitFor()
    await press(page, 'Create schedule')
    await page.locator('.field', { has: cron }).getByText('expected').waitFor()
    assert.equal(await cron.getAttribute('aria-invalid'), 'true')
    await cron.fill('30 3 * * 1-5')
    await page.getByLabel('Time zone').fill('Europe/Berlin')
    await page.getByText('At 03:30, Monday through Friday').waitFor()
    const times = page.getByRole('list', { name: 'Next runs' }).getByRole('listitem')
    await times.nth(4).waitFor()
    assert.equal(await times.count(), 5)
    assert.deepEqual(await violations(page), [])
    await shoot(page, 'schedule-form-1280')
    await press(page, 'Create schedule')
    await page.getByText('At 03:30, Monday through Friday, Europe/Berlin').waitFor()
    const [made] = await list()
    assert.deepEqual([made.name, made.cron_format], ['', '30 3 * * 1-5'])

    const switched = page.waitForResponse(/\/active$/)
    await page.getByRole('switch', { name: 'Backup runs' }).uncheck()
    await switched
    await page.getByRole('cell', { name: '–' }).nth(1).waitFor()
    assert.equal((await list())[0].active, false)
    assert.deepEqual(await violations(page), [])

    await press(page, 'Backup')
    await page.getByLabel('Runs', { exact: true }).selectOption('run_at')
    await page.getByLabel('At', { exact: true }).fill('2099-05-06T07:08')
    await page.getByLabel('Active').check()
    await press(page, 'Save')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.getByText(/^Once, .*May/).waitFor()
    const [once] = await list()
    const at = await page.evaluate("new Date('2099-05-06T07:08').toISOString()")
    assert.deepEqual([once.name, once.type, once.run_at, once.next_run], ['', 'run_at', at, at])
    await shoot(page, 'schedules-1280')

    await press(page, 'Delete Backup')
    await page.getByLabel('Type "Backup" to confirm').fill('Backup')
    await press(page, 'Delete schedule')
    await page.getByText('No schedule yet').waitFor()
    assert.deepEqual(complaints, [])
    await close()
  })

  for (const theme of ['light', 'dark'] as const) {
    test(`the list and the form are accessible, ${theme}, at each width`, async () => {
      const template_id = await world.template({ name: 'Sweep', playbook: 'sweep.sh' })
      const name = `Nightly ${theme}`
      await world.create('schedules', { name, template_id, cron_format: '@daily' })
      const { page, close } = await openPage(browser, world.url, { theme })
      await signIn(page)
      await page.goto(`/project/${world.project.id}/schedules`)
      for (const width of [360, 768, 1280]) {
        await page.setViewportSize({ width, height: 900 })
        await page.getByText('At 00:00').first().waitFor()
        assert.deepEqual(await violations(page), [], `${theme} ${width}`)
        assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width)
        await shoot(page, `schedules-${theme}-${width}`)
        await press(page, name)
        await page.getByRole('list', { name: 'Next runs' }).getByRole('listitem').nth(4).waitFor()
        assert.deepEqual(await violations(page), [], `form ${theme} ${width}`)
        await shoot(page, `schedule-form-${theme}-${width}`)
        await press(page, 'Cancel')
      }
      await close()
    })
  }
})
