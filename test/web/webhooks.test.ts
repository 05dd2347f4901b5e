import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { answers, Receiver, verified } from '../kit/receiver.ts'
import { noBrowser, shoot, violations } from './browser.ts'
import { siteOf } from './site.ts'

describe('the page: webhooks', { skip: noBrowser }, () => {
  const site = siteOf({
    files: {},
    runners: 0,
    server: { webhooks: { allow_private_addresses: true } },
  })

  test('one is made with its secret shown once, tested, sent to again, and deleted', async () => {
    const receiver = await Receiver.start(
      answers.status(410, {}, 'moved away'),
      answers.status(204),
    )
    const { page, complaints, close } = await site.open('/')
    const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
    try {
      await page.getByRole('link', { name: 'Webhooks' }).click()
      await page.getByText('No webhook yet').waitFor()
      await page.getByRole('button', { name: 'New webhook' }).click()
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
      const id = await site.world.create('webhooks', {
        name: 'Pager',
        url: 'https://pager.example/x',
      })
      for (const width of [360, 768, 1280]) {
        const { page, close } = await site.open('/', { theme, width })
        const all = site.at('webhooks')
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
