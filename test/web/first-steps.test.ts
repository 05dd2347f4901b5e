/** From an empty server to a green Ansible task, by mouse and by keyboard alone. */
import assert from 'node:assert/strict'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Browser, Locator, Page } from 'playwright-core'
import { makeRepository } from '../kit/git.ts'
import { openWorld, type World } from '../kit/world.ts'
import { WorldRunner } from '../kit/world-runner.ts'
import {
  buildPage,
  noBrowser,
  openBrowser,
  openPage,
  shoot,
  signIn,
  violations,
} from './browser.ts'
import { focused } from './site.ts'

const mostClicks = 11
const playbook = '- hosts: all\n  gather_facts: false\n  tasks:\n    - debug: msg=hi\n'

/** Presses what it is given; `reach` brings the focus there. */
interface Hand {
  press(what: Locator): Promise<void>
  reach(what: Locator): Promise<void>
}

const mouse: Hand = {
  press: (what) => what.click(),
  reach: (what) => what.click(),
}

/** Tab, Enter and letters; nothing else. */
const keyboard: Hand = {
  async press(what) {
    await this.reach(what)
    await what.page().keyboard.press('Enter')
  },
  async reach(what) {
    await what.waitFor()
    for (let tabs = 0; tabs < 60; tabs += 1) {
      if (await isFocused(what)) return
      await what.page().keyboard.press('Tab')
    }
    assert.fail(`the Tab key does not lead to ${what}`)
  },
}

const isFocused = (what: Locator) => what.evaluate((element) => element.matches(':focus'))

describe('the page: first steps', { skip: noBrowser }, () => {
  let browser: Browser
  let repository: Awaited<ReturnType<typeof makeRepository>>
  before(async () => {
    await buildPage()
    ;[browser, repository] = await Promise.all([
      openBrowser(),
      makeRepository({ 'site.yml': playbook }),
    ])
  })
  after(async () => {
    await browser?.close()
    await repository?.close()
  })

  for (const [name, hand] of Object.entries({ mouse, keyboard })) {
    test(`from an empty server to a green Ansible task, by ${name}`, async (t) => {
      const world = await openWorld({ files: {}, runners: 0 })
      const { page, complaints, close } = await openPage(browser, world.url)
      try {
        assert.equal((await world.api.delete(world.project.path)).status, 204)
        await signIn(page)
        await page.getByRole('heading', { name: 'First steps' }).waitFor()
        await countClicks(page)
        await walk(world, page, hand)
        const clicks = Number(await page.evaluate('clicks'))
        t.diagnostic(`${clicks} clicks`)
        assert.ok(clicks <= (hand === mouse ? mostClicks : 0), `${clicks} clicks`)
        await page.goto('/first-steps')
        await page.getByText('That was all').waitFor()
        assert.deepEqual(complaints, [])
      } finally {
        await close()
        await world.close()
      }
    })
  }

  async function walk(world: World, page: Page, hand: Hand) {
    const button = (name: string) =>
      hand.press(page.locator(':not(dialog)').getByRole('button', { name, exact: true }).last())
    const field = (label: string) => page.getByRole('textbox', { name: label }).last()
    const write = async (label: string, text: string) => {
      await hand.reach(field(label))
      await page.keyboard.type(text)
    }
    /** Where the page itself goes to: without a click. */
    const goOn = async (label: string, text: string) => {
      await focused(field(label))
      await page.keyboard.type(text)
    }
    await goOn('Name of the project', 'Plant')
    await shoot(page, 'first-steps-1280')
    await button('Create project')
    await goOn('Git URL', repository.path)
    await button('Add repository')
    await goOn('Name of the template', 'Site')
    await write('File', 'site.yml')
    assert.deepEqual(await violations(page), [])
    await shoot(page, 'first-steps-template-1280')
    await button('Create template')
    await button('Add a runner')
    await goOn('Name', 'pump-station-07')
    await button('Add runner')
    const runner = await installed(world, page)
    try {
      await page.getByText('Connected').waitFor()
      await button('Done')
      await button('Run it')
      await button('Run')
      await page.locator('.top .state', { hasText: 'Success' }).waitFor({ timeout: 60_000 })
      await page.getByRole('row', { name: /localhost/ }).waitFor()
      await page.getByRole('log').getByText('PLAY RECAP').waitFor()
      assert.deepEqual(await violations(page), [])
      await shoot(page, 'task-ansible-1280')
    } finally {
      await runner.end('SIGKILL')
    }
  }
})

/** What the page says to paste, as the machine of the runner has it then. */
async function installed(world: World, page: Page): Promise<WorldRunner> {
  const lines = page.getByRole('region', { name: 'Config file' }).locator('pre')
  const token = /osr_(\d+)_[\w-]+/.exec((await lines.textContent()) ?? '')
  const place = {
    url: world.url,
    ca: world.ca,
    folder: await mkdtemp(join(world.folder, 'runner-')),
  }
  const runner = await WorldRunner.install(
    { id: Number(token?.[1]), token: token?.[0] ?? '' },
    place,
  )
  await runner.start()
  return runner
}

/** Those of the mouse: what the keyboard presses is an event of the same name. */
function countClicks(page: Page): Promise<unknown> {
  return page.evaluate(`
    window.clicks = 0
    addEventListener('pointerdown', () => { clicks += 1 }, { capture: true })`)
}
