import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { raiseAlarm } from '../../server/store/alarms.ts'
import { openSqlite } from '../../server/store/open.ts'
import { noBrowser, shoot, violations } from './browser.ts'
import { press, siteOf } from './site.ts'

describe('the page: what an administrator looks after', { skip: noBrowser }, () => {
  const site = siteOf()

  test('an app is made, called otherwise, switched off, and reset', async () => {
    const apps = async () => (await site.world.api.get('/api/apps')).json()
    const { page, complaints, close } = await site.open('/')
    await page.getByRole('link', { name: 'Apps' }).click()
    await press(page, 'New app')
    await page.getByLabel('Name').fill('Rust!')
    await page.getByLabel('Title').fill('Rust')
    await press(page, 'Create app')
    await page.getByText('expected small letters').waitFor()
    await page.getByLabel('Name').fill('rust')
    await page.getByLabel('Order').fill('999')
    await press(page, 'Create app')
    await page.getByRole('row', { name: /Rust/ }).waitFor()
    const [first] = await apps()
    assert.deepEqual([first.id, first.title, first.active], ['rust', 'Rust', true])
    await press(page, 'Bash Script')
    await page.getByLabel('Title').fill('Shell')
    await press(page, 'Save')
    const switched = page.waitForResponse(/\/active$/)
    await page.getByRole('switch', { name: 'Shell runs' }).uncheck()
    await switched
    const bash = (await apps()).find(({ id }: { id: string }) => id === 'bash')
    assert.deepEqual([bash.title, bash.active], ['Shell', false])
    assert.deepEqual(await violations(page), [])
    await shoot(page, 'apps-1280')
    await press(page, 'Reset Shell')
    await press(page, 'Reset app')
    await page.getByRole('row', { name: /Bash Script/ }).waitFor()
    await press(page, 'Reset Rust')
    await press(page, 'Reset app')
    await page.getByRole('row', { name: /Rust/ }).waitFor({ state: 'detached' })
    assert.deepEqual(complaints, [])
    await close()
  })

  test('who did what is told: of a project, of the whole server, and page by page', async () => {
    const { world } = site
    const { page, complaints, close } = await site.open('/')
    await world.create('keys', { name: 'First of many', type: 'none' })
    await page.getByRole('link', { name: 'Activity', exact: true }).click()
    await page.getByText('key First of many created').waitFor()
    await page.getByRole('link', { name: 'Of all projects' }).click()
    await page.getByRole('row', { name: /key First of many created Admin World/ }).waitFor()
    await shoot(page, 'activity-1280')
    for (let count = 0; count < 200; count += 1) {
      await world.create('keys', { name: `Key ${count}`, type: 'none' })
    }
    await page.getByRole('link', { name: 'Activity', exact: true }).click()
    await page.getByText('key Key 199 created').waitFor()
    await page.getByRole('link', { name: 'Older' }).click()
    await page.getByText('key First of many created').waitFor()
    assert.equal(await page.getByText('key Key 0 created').count(), 0)
    assert.deepEqual(await violations(page), [])
    await page.getByRole('link', { name: 'Newest' }).click()
    await page.getByText('key Key 199 created').waitFor()
    assert.deepEqual(complaints, [])
    await close()
  })

  test('a project is saved as a file, and another one is made of it, with what it lacks', async () => {
    const { world } = site
    const key = await world.create('keys', { name: 'Forge', type: 'string', string: 'sesame' })
    await world.create('inventory', {
      name: 'Pumps',
      type: 'static',
      inventory: 'pump-07',
      ssh_key_id: key,
    })
    const { page, complaints, close } = await site.open(site.at('settings'))
    const saved = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Download' }).click()
    const download = await saved
    assert.equal(download.suggestedFilename(), 'World.json')
    const file = join(world.folder, 'World.json')
    await download.saveAs(file)
    assert.doesNotMatch(await readFile(file, 'utf8'), /sesame/)

    await page.goto('/new-project')
    const other = join(world.folder, 'other.json')
    await writeFile(other, '[]')
    await page.getByLabel('File').setInputFiles(other)
    await page.getByText('expected a backup of a project').waitFor()
    await page.getByLabel('File').setInputFiles(file)
    const name = page.getByLabel('Its name here')
    await name.waitFor()
    assert.equal(await name.inputValue(), 'World')
    await name.fill('World again')
    assert.deepEqual(await violations(page), [])
    await press(page, 'Restore project')
    await page.getByText('World again is restored.').waitFor()
    await page.getByText('Forge').waitFor()
    await shoot(page, 'restored-1280')
    await press(page, 'Open it')
    await page.getByRole('heading', { name: 'Templates' }).waitFor()
    await page.getByRole('link', { name: 'Inventory' }).click()
    await page.getByRole('cell', { name: 'Pumps', exact: true }).waitFor()
    assert.deepEqual(complaints, [])
    await close()
  })

  test('an alarm of a runner is told, and cleared by whoever has seen to it', async () => {
    const { world } = site
    const runner = await world.addRunner()
    const store = await openSqlite(join(world.dataDir, 'database.sqlite'))
    const text = 'its clock is 7 minutes late'
    await store.commit((tx) => raiseAlarm(tx, runner.id, 'clock', text, Date.now()))
    await store.close()
    const { page, complaints, close } = await site.open('/runners')
    await page
      .getByRole('row', { name: new RegExp(text) })
      .getByRole('button')
      .first()
      .click()
    const alarms = page.getByRole('dialog').getByRole('list', { name: /Alarms of/ })
    await alarms.getByText(text).waitFor()
    assert.deepEqual(await violations(page), [])
    await shoot(page, 'alarm-1280')
    await press(page, 'Clear clock')
    await alarms.waitFor({ state: 'detached' })
    assert.deepEqual((await world.api.get(`/api/runners/${runner.id}`)).json().alarms, [])
    assert.deepEqual(complaints, [])
    await close()
  })
})
