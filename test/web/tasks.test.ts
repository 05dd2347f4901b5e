import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { noBrowser, shoot, violations } from './browser.ts'
import { siteOf } from './site.ts'

const files = {
  'hello.sh': 'echo Hello; printf "\\033[32mgreen\\033[0m and \\033[1;31mred\\033[0m\\n"',
  'many.sh': 'seq -f "line %.0f of many, with some text to make it as long as lines are" 1 150000',
  'slow.sh': 'for i in $(seq 1 100000); do echo "tick $i"; sleep 0.05; done',
}

describe('the page: tasks and their logs', { skip: noBrowser }, () => {
  const site = siteOf({ files, runners: 1 })

  const open = (task: number, visit = {}) => site.open(site.at(`tasks/${task}`), visit)
  const state = (page: Page, word: string) =>
    page.locator('.top .state', { hasText: word }).waitFor()

  test('a template is run by the keyboard, its log comes live, it is run again', async () => {
    const template = await site.world.template({ name: 'Greet', playbook: 'hello.sh' })
    const { page, complaints, close } = await site.open(site.at('tasks'))
    await page.getByRole('button', { name: 'Run a template' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByLabel('Template').selectOption(String(template))
    assert.deepEqual(await violations(page), [])
    await page.getByRole('dialog').getByLabel('Message').press('Enter')
    await state(page, 'Success')
    const log = page.getByRole('log')
    await log.getByText('Hello').waitFor()
    assert.equal(await log.locator('.f2').textContent(), 'green')
    await shoot(page, 'task-light-1280')
    await page.getByRole('button', { name: 'Run again' }).click()
    await page.waitForURL(/\/tasks\/2$/)
    await state(page, 'Success')
    assert.deepEqual(complaints, [])
    await close()
  })

  test('of 150,000 lines the end is there at once, and every other where one looks', async () => {
    const task = await site.world.script('many.sh')
    await site.world.finished(task)
    const { page, close } = await open(task)
    const log = page.getByRole('log')
    await log.getByText('line 150000 of many').waitFor()
    assert.ok((await log.locator('.line').count()) < 120)
    await page.getByRole('searchbox').fill('line 75001 of')
    await page.getByRole('searchbox').press('Enter')
    await log.getByText('line 75001 of many').waitFor()
    await page.getByText('1 of 1').waitFor()
    assert.match(page.url(), /#L\d+$/)
    await shoot(page, 'log-search-1280')
    await page.reload()
    await log.getByText('line 75001 of many').waitFor()
    await close()
  })

  test('the server is killed and comes back: the log goes on, complete; the task is stopped', async () => {
    const task = await site.world.script('slow.sh')
    const { page, close } = await open(task)
    const log = page.getByRole('log')
    await log
      .getByText(/^tick \d+$/)
      .first()
      .waitFor()
    await site.world.server.end('SIGKILL')
    await page.getByText('The server is away').waitFor()
    await page.getByText('the log goes on by itself').waitFor()
    await site.world.server.start()
    await page.getByText('nothing is missing').waitFor()
    await page.getByText('The server is away').waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Stop', exact: true }).click()
    await state(page, 'Stopped')
    const lines = (await site.world.log(task)).trim().split('\n')
    await log.getByText(lines.at(-1) as string, { exact: true }).waitFor()
    const ticks = (await log.locator('.text').allTextContents()).flatMap(
      (text) => /^tick (\d+)$/.exec(text)?.[1] ?? [],
    )
    for (const [index, tick] of ticks.entries())
      assert.equal(Number(tick), Number(ticks[0]) + index)
    await close()
  })

  test('a task that waits says for what', async () => {
    const template = await site.world.template({
      name: 'Far',
      playbook: 'hello.sh',
      runner_tag: 'satellite',
    })
    const { page, close } = await open(await site.world.run(template))
    await page.getByRole('list', { name: 'Why' }).getByText('satellite').waitFor()
    await shoot(page, 'task-waiting-1280')
    assert.deepEqual(await violations(page), [])
    await page.getByRole('button', { name: 'Stop', exact: true }).click()
    await state(page, 'Stopped')
    await close()
  })

  for (const theme of ['light', 'dark'] as const) {
    test(`the list and a task are accessible, ${theme}, at each width`, async () => {
      for (const width of [360, 768, 1280]) {
        const { page, close } = await open(1, { theme, width })
        await page.getByRole('log').getByText('Hello').waitFor()
        assert.deepEqual(await violations(page), [], `task ${theme} ${width}`)
        assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width)
        await shoot(page, `task-${theme}-${width}`)
        await page.goto(site.at('tasks'))
        await page.getByText('Success').first().waitFor()
        assert.deepEqual(await violations(page), [], `tasks ${theme} ${width}`)
        assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width)
        await shoot(page, `tasks-${theme}-${width}`)
        await close()
      }
    })
  }
})
