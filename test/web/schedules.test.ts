import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inWords } from '../../web/views/schedules/words.ts'
import { noBrowser, shoot, violations } from './browser.ts'
import { press, siteOf } from './site.ts'

test('cron formats are said in words, the short names too; what is none has no words', () => {
  assert.equal(inWords('*/5 * * * *'), 'Every 5 minutes')
  assert.equal(inWords('30 3 * * 1-5'), 'At 03:30, Monday through Friday')
  assert.equal(inWords('@daily'), 'At 00:00')
  assert.equal(inWords('@every 1h30m'), 'Every 1h30m')
  assert.equal(inWords('TZ=Asia/Tokyo @daily'), 'At 00:00, Asia/Tokyo')
  assert.equal(inWords('often'), undefined)
})

describe('the page: schedules', { skip: noBrowser }, () => {
  const site = siteOf()

  test('one is made with its next times in sight, switched off, made to run once, and deleted', async () => {
    await site.world.template({ name: 'Backup', playbook: 'backup.sh' })
    const { page, complaints, close } = await site.open('/')
    await page.getByRole('link', { name: 'Schedules' }).click()
    await page.getByText('No schedule yet').waitFor()
    await page.getByRole('button', { name: 'New schedule' }).click()
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
    await page.getByLabel('Only for a new commit of').selectOption({ label: 'Scripts' })
    const times = page.getByRole('list', { name: 'Next runs' }).getByRole('listitem')
    await times.nth(4).waitFor()
    assert.equal(await times.count(), 5)
    assert.deepEqual(await violations(page), [])
    await shoot(page, 'schedule-form-1280')
    await press(page, 'Create schedule')
    await page.getByText('At 03:30, Monday through Friday, Europe/Berlin').waitFor()
    const [made] = await site.list('schedules')
    assert.deepEqual(
      [made.name, made.cron_format, made.repository_id],
      ['', '30 3 * * 1-5', site.world.project.repository],
    )

    const switched = page.waitForResponse(/\/active$/)
    await page.getByRole('switch', { name: 'Backup runs' }).uncheck()
    await switched
    await page.getByRole('cell', { name: '–' }).nth(1).waitFor()
    assert.equal((await site.list('schedules'))[0].active, false)
    assert.deepEqual(await violations(page), [])

    await press(page, 'Backup')
    await page.getByLabel('Runs', { exact: true }).selectOption('run_at')
    await page.getByLabel('At', { exact: true }).fill('2099-05-06T07:08')
    await page.getByLabel('Active').check()
    await press(page, 'Save')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.getByText(/^Once, .*May/).waitFor()
    const [once] = await site.list('schedules')
    const at = await page.evaluate("new Date('2099-05-06T07:08').toISOString()")
    assert.deepEqual([once.name, once.type, once.run_at, once.next_run], ['', 'run_at', at, at])
    assert.equal(once.repository_id, null)
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
      const template_id = await site.world.template({ name: 'Sweep', playbook: 'sweep.sh' })
      const name = `Nightly ${theme}`
      await site.world.create('schedules', { name, template_id, cron_format: '@daily' })
      const { page, close } = await site.open(site.at('schedules'), {
        theme,
      })
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
