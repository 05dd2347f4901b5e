import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { answers, Receiver, verified } from '../kit/receiver.ts'
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

describe('the page: webhooks', { skip: noBrowser }, () => {
  let world: World
  let browser: Browser
  before(async () => {
    await buildPage()
    ;[world, browser] = await Promise.all([
      openWorld({
        files: {},
        runners: 0,
        server: { webhooks: { allow_private_addresses: true } },
      }),
      openBrowser(),
    ])
  })
  after(async () => {
    await browser?.close()
    await world?.close()
  })

  test('one is made with its secret shown once, tested, sent to again, and deleted', async () => {
    const receiver = await Receiver.start(
      answers.status(410, {}, 'moved away'),
      answers.status(204),
    )
    const { page, complaints, close } = await openPage(browser, world.url)
    const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
    try {
      await signIn(page)
      await page.getByRole('link', { name: 'Webhooks' }).click()
      await page.getByText('No webhook yet').waitFor()
      await page.getByRole('button', { name: 'New webhook' }).first().click()
      await page.getByLabel('Name').fill('Chat')
      await page.getByLabel('URL').fill('chat.example')
      await page.keyboard.press('Enter')
      await page.getByText('expected https://HOST/PATH').waitFor()
      await page.getByLabel('URL').fill('https://me:pw@chat.example/x')
      await page.keyboard.press('Enter')
      await page.getByText('expected no user and password in it').waitFor()
      assert.equal(await page.getByLabel('URL').getAttribute('aria-invalid'), 'true')
      await page.getByLabel('URL').fill(receiver.url)
      await page.keyboard.press('Enter')
      const shown = page.getByRole('region', { name: 'Secret' }).locator('pre')
      const secret = (await shown.textContent()) ?? ''
      assert.deepEqual(await violations(page), [])
      await press('Done')

      await page.getByRole('link', { name: 'Chat' }).click()
      await press('Send a test')
      const [message] = await receiver.has(1)
      assert.ok(message)
      verified(secret, message)
      await page.getByRole('row', { name: /Test.*Failed/ }).waitFor()
      await page.getByText('moved away').waitFor()
      await page.getByText('Switched off: the receiver answered 410').waitFor()
      assert.deepEqual(await violations(page), [])
      await shoot(page, 'webhook-failed-1280')

      await press('Send a test')
      await page.getByText('is switched off').waitFor()
      await press('Edit')
      await page.getByLabel('Active').check()
      await press('Save')
      await page.locator('.top .state', { hasText: 'On' }).waitFor()
      await page.getByRole('button', { name: /Send again/ }).click()
      await page.getByRole('row', { name: /Test.*Delivered/ }).waitFor()
      verified(secret, (await receiver.has(2))[1] as typeof message)

      await press('Delete')
      await page.getByLabel('Type "Chat" to confirm').fill('Chat')
      await press('Delete webhook')
      await page.getByText('No webhook yet').waitFor()
      assert.deepEqual(complaints, [])
    } finally {
      await close()
      await receiver.close()
    }
  })

  for (const theme of ['light', 'dark'] as const) {
    test(`the list and one of them are accessible, ${theme}, at each width`, async () => {
      const id = await world.create('webhooks', { name: 'Pager', url: 'https://pager.example/x' })
      for (const width of [360, 768, 1280]) {
        const { page, close } = await openPage(browser, world.url, { theme, width })
        await signIn(page)
        const all = `/project/${world.project.id}/webhooks`
        for (const address of [all, `${all}/${id}`]) {
          await page.goto(address)
          await page.getByText('https://pager.example/x').first().waitFor()
          await page.locator('.skeleton').waitFor({ state: 'detached' })
          assert.deepEqual(await violations(page), [], `${address} ${theme} ${width}`)
          assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width, address)
          await shoot(page, `webhook${address === all ? 's' : ''}-${theme}-${width}`)
        }
        await close()
      }
    })
  }
})
