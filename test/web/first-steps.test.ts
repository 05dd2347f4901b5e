import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { makeRepository } from '../kit/git.ts'
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

describe('the page: first steps', { skip: noBrowser }, () => {
  let world: World
  let browser: Browser
  let repository: Awaited<ReturnType<typeof makeRepository>>
  before(async () => {
    await buildPage()
    ;[world, browser, repository] = await Promise.all([
      openWorld({ files: {} }),
      openBrowser(),
      makeRepository({
        'site.yml': '- hosts: all\n  gather_facts: false\n  tasks:\n    - debug: msg=hi\n',
      }),
    ])
  })
  after(async () => {
    await browser?.close()
    await repository?.close()
    await world?.close()
  })

  test('from an empty server to a green Ansible task with its recap', async () => {
    assert.equal((await world.api.delete(world.project.path)).status, 204)
    const { page, complaints, close } = await openPage(browser, world.url)
    await signIn(page)
    await page.getByRole('heading', { name: 'First steps' }).waitFor()
    assert.deepEqual(await violations(page), [])
    await shoot(page, 'first-steps-1280')
    await page.getByLabel('Name of the project').fill('Plant')
    await page.getByRole('button', { name: 'Create project' }).click()
    await page.getByLabel('Git URL').fill(repository.path)
    await page.getByRole('button', { name: 'Add repository' }).click()
    await page.getByLabel('Name of the template').fill('Site')
    await page.getByLabel('File').fill('site.yml')
    assert.deepEqual(await violations(page), [])
    await shoot(page, 'first-steps-template-1280')
    await page.getByRole('button', { name: 'Create template' }).click()
    await page.getByRole('button', { name: 'Run it' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Run', exact: true }).click()
    await page.locator('.top .state', { hasText: 'Success' }).waitFor()
    await page.getByRole('row', { name: /localhost/ }).waitFor()
    await page.getByRole('log').getByText('PLAY RECAP').waitFor()
    assert.deepEqual(await violations(page), [])
    await shoot(page, 'task-ansible-1280')
    await page.getByRole('link', { name: 'First steps' }).click()
    await page.getByText('That was all').waitFor()
    assert.deepEqual(complaints, [])
    await close()
  })
})
