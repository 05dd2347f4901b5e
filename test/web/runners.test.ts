import assert from 'node:assert/strict'
import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { WorldRunner } from '../kit/world-runner.ts'
import { noBrowser, shoot, violations } from './browser.ts'
import { siteOf } from './site.ts'

describe('the page: signing in, runners', { skip: noBrowser }, () => {
  const site = siteOf({ files: { 'long.sh': 'read < <(sleep 600)' }, runners: 1 })

  test('a wrong password is told, a right one opens the page, signing out closes it', async () => {
    const { page, complaints, close } = await site.visit()
    await page.goto('/runners')
    await page.getByLabel('Login or email').fill('admin')
    await page.getByLabel('Password').fill('wrong')
    await page.keyboard.press('Enter')
    await page.getByText('wrong login or password').waitFor()
    assert.deepEqual(await violations(page), [])
    await shoot(page, 'sign-in-1280')
    await page.getByLabel('Password').fill('admin')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Runners' }).waitFor()
    await page.getByRole('button', { name: /Sign out/ }).click()
    await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    assert.deepEqual(complaints, [])
    await close()
  })

  test('a runner is added, is seen to connect, is switched off, and removed by its name', async () => {
    const { page, complaints, close } = await site.open('/runners')
    await page.getByRole('button', { name: 'Add runner' }).click()
    await page.getByLabel('Name').fill('pump-station-07')
    await page.getByLabel('Tags').fill('lte site-n')
    await page.getByRole('dialog').getByRole('button', { name: 'Add runner' }).click()
    await page.getByText('This turns green by itself').waitFor()
    assert.deepEqual(await violations(page), [])
    await shoot(page, 'add-runner-1280')
    const tabs = ['Config file', 'Piped setup', 'Environment', 'Container', 'systemd']
    let pasted = ''
    for (const name of tabs) {
      await page.getByRole('tab', { name }).click()
      const region = page.getByRole('region', { name })
      pasted = (await region.locator('pre').textContent()) ?? ''
      assert.ok(pasted.includes(`${site.world.url}/outstation.mjs`), name)
    }
    const [token = '', id] = /osr_(\d+)_[\w-]+/.exec(pasted) ?? []
    const place = {
      folder: await mkdtemp(join(site.world.folder, 'runner-')),
      url: site.world.url,
      ca: site.world.ca,
    }
    const runner = await WorldRunner.install({ id: Number(id), token }, place)
    await runner.start()
    try {
      await page.getByText('Connected').waitFor()
      await page.getByRole('button', { name: 'Done' }).click()
      await page.getByRole('button', { name: 'pump-station-07', exact: true }).click()
      const about = page.getByRole('dialog')
      await about.getByRole('region', { name: 'Connections' }).getByText('Connected').waitFor()
      await about.getByRole('img', { name: /[1-4] of 4 bars/ }).waitFor()
      assert.deepEqual(await violations(page), [])
      await shoot(page, 'runner-about-1280')
      await about.getByRole('button', { name: 'Edit' }).click()
      await page.getByLabel('Tags').fill('lte site-n spare')
      await page.getByLabel('Tasks at once').fill('3')
      assert.deepEqual(await violations(page), [])
      await shoot(page, 'runner-edit-1280')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByRole('cell', { name: /spare/ }).waitFor()
      const changed = (await site.world.api.get(`/api/runners/${id}`)).json()
      assert.deepEqual(changed.tags, ['lte', 'site-n', 'spare'])
      assert.equal(changed.max_parallel_tasks, 3)
      assert.equal(changed.project_id, null)
      await page.getByRole('button', { name: 'pump-station-07', exact: true }).click()
      await about.getByRole('button', { name: 'Clear cache' }).click()
      await about.getByRole('button', { name: 'Clear cache' }).click()
      await about.waitFor({ state: 'detached' })
      await page.getByRole('switch', { name: 'pump-station-07 takes tasks' }).uncheck()
      await page.getByText('Paused').waitFor()
    } finally {
      // Without a word: its will tells the server.
      await runner.end('SIGKILL')
    }
    const row = page.getByRole('row', { name: /pump-station-07/ })
    await row.getByText('Offline').waitFor()
    await row.getByText(/\d [kM]?B/).waitFor()
    await shoot(page, 'runners-light-1280')
    await page.getByRole('button', { name: 'Remove pump-station-07' }).click()
    const remove = page.getByRole('button', { name: 'Remove runner', exact: true })
    assert.equal(await remove.isDisabled(), true)
    await page.getByText('It runs nothing now').waitFor()
    assert.deepEqual(await violations(page), [])
    await page.getByLabel('Type "pump-station-07" to confirm').fill('pump-station-07')
    await remove.click()
    await row.waitFor({ state: 'detached' })
    assert.deepEqual(complaints, [])
    await close()
  })

  test('a runner at work is busy, drains when it is switched off, and says what its removal would do', async () => {
    const task = await site.world.script('long.sh')
    await site.world.until(task, ({ status }) => status === 'running')
    const { page, complaints, close } = await site.open('/runners')
    await page.getByText('Busy').waitFor()
    await page.getByRole('switch').uncheck()
    await page.getByText('Draining').waitFor()
    await page.getByRole('button', { name: /^Remove / }).click()
    await page.getByText('The task that it has now will be given up').waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await page.getByRole('switch').check()
    // Until then it drains, and is not busy either.
    await page.getByText('Busy').waitFor()
    await site.world.stop(task)
    await page.getByText('Busy').waitFor({ state: 'detached' })
    await page.goto(site.at('runners'))
    await page.getByText('No runners yet').waitFor()
    await page.getByRole('button', { name: 'Add runner' }).click()
    await page.getByRole('dialog').getByLabel('Name').fill('of this project')
    await page.getByRole('dialog').getByRole('button', { name: 'Add runner' }).click()
    await page.getByText('This turns green by itself').waitFor()
    await page.getByRole('button', { name: 'Close' }).click()
    await page.getByText('Never seen').waitFor()
    const all = (await site.world.api.get('/api/runners')).json()
    assert.equal(all.at(-1).project_id, site.world.project.id)
    await page.getByRole('button', { name: 'of this project', exact: true }).click()
    await page.getByText('It was never connected').waitFor()
    await page.getByRole('button', { name: 'New token' }).click()
    await page.getByRole('button', { name: 'Make a new token' }).click()
    const token = page.getByRole('region', { name: 'Token' }).locator('pre')
    assert.match((await token.textContent()) ?? '', new RegExp(`^osr_${all.at(-1).id}_`))
    assert.deepEqual(await violations(page), [])
    await page.getByRole('button', { name: 'Done' }).click()
    await token.waitFor({ state: 'detached' })
    assert.deepEqual(complaints, [])
    await close()
  })

  for (const theme of ['light', 'dark'] as const) {
    test(`the list of runners is accessible, ${theme}, at each width`, async () => {
      for (const width of [360, 768, 1280]) {
        const { page, close } = await site.open('/runners', { theme, width })
        await page.getByText('Online').first().waitFor()
        assert.deepEqual(await violations(page), [], `${theme} ${width}`)
        assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width)
        await shoot(page, `runners-${theme}-${width}`)
        await page.locator('button.name').first().click()
        const about = await page.getByRole('dialog').boundingBox()
        const edit = await page.getByRole('button', { name: 'Edit' }).boundingBox()
        assert.ok(about && edit && edit.x > about.x, `all buttons are in sight at ${width}`)
        await shoot(page, `runner-about-${theme}-${width}`)
        await close()
      }
    })
  }
})
