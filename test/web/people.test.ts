import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
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

describe('the page: people and projects', { skip: noBrowser }, () => {
  let world: World
  let browser: Browser
  before(async () => {
    await buildPage()
    ;[world, browser] = await Promise.all([openWorld({ files: {}, runners: 0 }), openBrowser()])
  })
  after(async () => {
    await browser?.close()
    await world?.close()
  })

  const press = (page: Page, name: string) =>
    page.getByRole('button', { name, exact: true }).click()

  test('an administrator makes a user, who becomes a member, gets another role, and goes', async () => {
    const { page, complaints, close } = await openPage(browser, world.url)
    await signIn(page)
    await page.getByRole('link', { name: 'Users' }).click()
    await press(page, 'New user')
    await page.getByLabel('Name', { exact: true }).fill('Ann')
    await page.getByLabel('Login').fill('admin')
    await page.getByLabel('Email').fill('ann@example.org')
    await page.getByLabel('Password').fill('first')
    await press(page, 'Create user')
    await page.getByRole('alert').getByText('admin').waitFor()
    await page.getByLabel('Login').fill('ann')
    await press(page, 'Create user')
    await page.getByRole('row', { name: /Ann.*ann@example.org/ }).waitFor()
    assert.deepEqual(await violations(page), [])

    await page.getByRole('link', { name: 'Members' }).click()
    await press(page, 'Add member')
    await page.getByLabel('Login or email').fill('nobody')
    await press(page.getByRole('dialog') as unknown as Page, 'Add member')
    await page.getByText('expected the login or email of a user').waitFor()
    await page.getByLabel('Login or email').fill('ann')
    await page.getByLabel('Role', { exact: true }).selectOption('manager')
    assert.deepEqual(await violations(page), [])
    await page.keyboard.press('Enter')
    await page.getByRole('row', { name: /Ann.*Manager/ }).waitFor()
    await press(page, 'Ann')
    await page.getByLabel('Role', { exact: true }).selectOption('guest')
    await press(page, 'Save')
    await page.getByRole('row', { name: /Ann.*Guest/ }).waitFor()
    await shoot(page, 'members-1280')
    await press(page, 'Delete Admin')
    await page.getByLabel('Type "Admin" to confirm').fill('Admin')
    await press(page, 'Delete member')
    await page.getByRole('alert').getByText('last owner').waitFor()
    await page.keyboard.press('Escape')

    await page.getByRole('link', { name: 'Users' }).click()
    await press(page, 'Ann')
    await page.getByLabel('Name', { exact: true }).fill('Anna')
    await page.getByLabel('Password').fill('second')
    await press(page, 'Save')
    await page.getByRole('row', { name: /Anna/ }).waitFor()
    const other = await openPage(browser, world.url)
    await signIn(other.page, 'ann', 'second')
    await other.close()
    await press(page, 'Delete Anna')
    await page.getByLabel('Type "Anna" to confirm').fill('Anna')
    await press(page, 'Delete user')
    await page.getByRole('row', { name: /Anna/ }).waitFor({ state: 'detached' })
    assert.deepEqual(complaints, [])
    await close()
  })

  test('a token is shown once and works, until it is deleted; a password is changed without being signed out', async () => {
    const person = { username: 'bea', name: 'Bea', email: 'bea@example.org', password: 'first' }
    await world.api.post('/api/users', person)
    const { page, complaints, close } = await openPage(browser, world.url)
    await signIn(page, 'bea', 'first')
    await page.getByRole('link', { name: 'Account' }).click()
    await press(page, 'New token')
    await page.getByLabel('Name').last().fill('backup script')
    await page.keyboard.press('Enter')
    const token =
      (await page.getByRole('region', { name: 'Token' }).locator('pre').textContent()) ?? ''
    assert.deepEqual(await violations(page), [])
    await press(page, 'Done')
    const asBea = world.api.with({ authorization: `Bearer ${token}` })
    assert.equal((await asBea.get('/api/user')).json().username, 'bea')
    await page.getByRole('row', { name: /backup script/ }).waitFor()
    assert.doesNotMatch((await page.textContent('body')) ?? '', new RegExp(token))
    await shoot(page, 'account-1280')
    await press(page, 'Delete backup script')
    await press(page, 'Delete token')
    await page.getByText('No token yet').waitFor()
    assert.equal((await asBea.get('/api/user')).status, 401)

    await page.getByLabel('New password').fill('second')
    await page.getByLabel('The same again').fill('secnd')
    await press(page, 'Change password')
    await page.getByText('expected the same as above').waitFor()
    await page.getByLabel('The same again').fill('second')
    await press(page, 'Change password')
    await page.getByText('All other sessions of yours have ended').waitFor()
    assert.equal(await page.getByLabel('New password').inputValue(), '')
    await page.getByLabel('Name', { exact: true }).fill('Beatrice')
    await press(page, 'Save')
    await page.getByText('Saved', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Sign out Beatrice' }).click()
    await signIn(page, 'bea', 'second')
    assert.deepEqual(complaints, [])
    await close()
  })

  test('a project is made, renamed, and deleted by its name', async () => {
    const { page, complaints, close } = await openPage(browser, world.url)
    await signIn(page)
    await page.getByLabel('Project').selectOption({ label: 'New project ..' })
    await page.getByLabel('Name').fill('Plant')
    await page.getByLabel('Tasks at the same time').fill('-1')
    await page.keyboard.press('Enter')
    await page.getByText(/expected .*0/).waitFor()
    await page.getByLabel('Tasks at the same time').fill('2')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Templates' }).waitFor()
    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByLabel('Name').fill('Works')
    await press(page, 'Save')
    await page.getByLabel('Project').getByText('Works').waitFor({ state: 'attached' })
    assert.deepEqual(await violations(page), [])
    await shoot(page, 'settings-1280')
    await press(page, 'Delete')
    await page.getByLabel('Type "Works" to confirm').fill('Works')
    await press(page, 'Delete project')
    await page.getByLabel('Project').getByText('Works').waitFor({ state: 'detached' })
    assert.deepEqual(complaints, [])
    await close()
  })
})
