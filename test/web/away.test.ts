/** The page while it sleeps, while its link is down, and for whoever may not see what it would show. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { noBrowser, shoot, signIn, violations } from './browser.ts'
import { patterns, siteOf } from './site.ts'

const files = { 'ticks.sh': 'for i in $(seq 1 100000); do echo "tick $i"; sleep 0.05; done' }

describe('the page: away', { skip: noBrowser }, () => {
  const site = siteOf({ files, runners: 1 })

  test('a laptop that slept goes on: connections are opened anew, nothing of the log is missing', async () => {
    const task = await site.world.script('ticks.sh')
    const { page, complaints, close } = await site.visit()
    await page.clock.install()
    await page.addInitScript(`
      window.opened = []
      const Native = EventSource
      window.EventSource = class extends Native {
        constructor(address) { super(address); opened.push(address) }
      }`)
    await signIn(page)
    await page.goto(site.at(`tasks/${task}`))
    const log = page.getByRole('log')
    await log
      .getByText(/^tick \d+$/)
      .first()
      .waitFor()
    // As if its lid had been closed: each timer that was due meanwhile comes once, late.
    await page.clock.fastForward('10:00')
    await page.waitForFunction(`opened.length === 4`)
    const opened = (await page.evaluate('opened')) as string[]
    const [events, stream] = [opened[0] as string, opened[1]?.split('?')[0] as string]
    assert.deepEqual(
      opened.slice(2).map((address) => address.replace(/=\d+-\d+$/, '=SEEN')),
      [events, `${stream}?last_event_id=SEEN`],
    )
    // So many that there is something to compare, however fast all of the above was.
    await site.world.printed(task, 'tick 30\n')
    await site.world.stop(task)
    await page.locator('.top .state', { hasText: 'Stopped' }).waitFor()
    const last = /tick (\d+)\n(?!.*tick)/s.exec(await site.world.log(task))?.[1]
    await log.getByText(`tick ${last}`, { exact: true }).waitFor()
    const ticks = (await log.locator('.text').allTextContents()).flatMap(
      (text) => /^tick (\d+)$/.exec(text)?.[1] ?? [],
    )
    assert.ok(ticks.length > 20)
    for (const [index, tick] of ticks.entries())
      assert.equal(Number(tick), Number(ticks[0]) + index)
    assert.deepEqual(complaints, [])
    await close()
  })

  test('without a link every view says so, and goes on when it is back', async () => {
    const { page, close } = await site.open('/runners')
    await page.getByText('Online').first().waitFor()
    await site.world.server.end('SIGKILL')
    const away = page.getByText('The server is away')
    await away.waitFor()
    assert.ok(await page.getByText('Online').first().isVisible(), 'what was known stays')
    await page.getByRole('link', { name: 'Tasks' }).click()
    await page
      .getByText(/The server cannot be reached|could not be loaded/)
      .first()
      .waitFor()
    assert.deepEqual(await violations(page), [])
    await shoot(page, 'away-1280')
    await site.world.server.start()
    await away.waitFor({ state: 'detached' })
    await page.getByRole('heading', { name: 'Tasks' }).waitFor()
    await close()
  })

  test('whoever may see nothing is told so by every view, and shown nothing', async () => {
    const columns = {
      name: 'Eve',
      username: 'eve',
      email: 'eve@example.org',
      password: 'eve',
    }
    const made = await site.world.api.post('/api/users', columns)
    assert.equal(made.status, 201, made.text)
    const { page, complaints, close } = await site.open('/', { who: 'eve' })
    const refused = /You may not see this|There is no such thing|There is no project for you/
    for (const pattern of patterns) {
      if (pattern === '/account') continue
      await page.goto(site.addressOf(pattern))
      await page
        .getByText(refused)
        .first()
        .waitFor()
        .catch(() => assert.fail(pattern))
      // Some views ask for several things: the last answer counts, too.
      await page.locator('.skeleton').first().waitFor({ state: 'detached' })
      assert.doesNotMatch((await page.locator('main').textContent()) ?? '', /World|Scripts|tick/)
    }
    assert.deepEqual(await violations(page), [])
    await shoot(page, 'refused-1280')
    assert.deepEqual(complaints, [])
    await close()
  })
})
