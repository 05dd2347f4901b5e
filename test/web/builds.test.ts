import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { noBrowser, violations } from './browser.ts'
import { press, siteOf } from './site.ts'

const files = { 'say.sh': 'for answer; do echo "$answer"; done', 'sleep.sh': 'sleep 300' }

describe('the page: builds, and tasks that go', { skip: noBrowser }, () => {
  const site = siteOf({ files, runners: 1 })

  test('a build gets the version that is asked for, a deployment the build that is chosen', async () => {
    const { world } = site
    const build = await world.template({
      name: 'Build',
      playbook: 'say.sh',
      type: 'build',
      start_version: '1.0.0',
    })
    await world.template({
      name: 'Ship',
      playbook: 'say.sh',
      type: 'deploy',
      build_template_id: build,
    })
    const first = await world.run(build)
    await world.finished(first)
    const { page, complaints, close } = await site.open(site.at('templates'))
    await press(page, 'Run Build')
    await page.getByLabel('Version').fill('2.5.0')
    await press(page, 'Run')
    await page.locator('.top .state', { hasText: 'Success' }).waitFor()
    assert.equal((await site.list('tasks'))[0].version, '2.5.0')

    await page.getByRole('link', { name: 'Templates' }).click()
    await press(page, 'Run Ship')
    const chosen = page.getByLabel('Build', { exact: true })
    assert.equal(await chosen.locator('option:checked').textContent(), `2.5.0 (#${first + 1})`)
    await chosen.selectOption({ label: `1.0.0 (#${first})` })
    assert.deepEqual(await violations(page), [])
    await press(page, 'Run')
    await page.locator('.top .state', { hasText: 'Success' }).waitFor()
    await press(page, 'Run again')
    await page.waitForURL(new RegExp(`/tasks/${first + 3}$`))
    const [again, shipped] = await site.list('tasks')
    assert.deepEqual([shipped.build_task_id, shipped.incoming_version], [first, '1.0.0'])
    assert.deepEqual([again.build_task_id, again.incoming_version], [first, '1.0.0'])
    await world.finished(first + 3)
    assert.deepEqual(complaints, [])
    await close()
  })

  test('all tasks of a template are stopped at once; a task that is over is deleted by its number', async () => {
    const { world } = site
    const template = await world.template({ name: 'Nap', playbook: 'sleep.sh' })
    const tasks = [await world.run(template), await world.run(template)]
    const { page, complaints, close } = await site.open(site.at(`templates/${template}`))
    await press(page, 'Stop its tasks')
    await press(page, 'Stop them')
    for (const task of tasks) assert.equal((await world.finished(task)).status, 'stopped')
    await page.goto(site.at(`tasks/${tasks[0]}`))
    await press(page, 'Delete')
    await page.getByLabel(`Type "#${tasks[0]}" to confirm`).fill(`#${tasks[0]}`)
    await press(page, 'Delete task')
    await page.getByRole('link', { name: `Nap #${tasks[1]}` }).waitFor()
    assert.equal(await page.getByRole('link', { name: `Nap #${tasks[0]}` }).count(), 0)
    assert.deepEqual(complaints, [])
    await close()
  })
})
