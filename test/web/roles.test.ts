import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { noBrowser, signIn, violations } from './browser.ts'
import { siteOf } from './site.ts'

describe('the page: what a role may do', { skip: noBrowser }, () => {
  const site = siteOf({}, async (world) => {
    const template_id = await world.template({ name: 'Site', playbook: 'site.sh' })
    await world.create('integrations', { name: 'Pushes', template_id })
  })

  async function member(login: string, role: string): Promise<number> {
    const person = { username: login, name: login, email: `${login}@example.org`, password: login }
    const { id } = (await site.world.api.post('/api/users', person)).json()
    await site.world.api.post(`${site.world.project.path}/users`, { user_id: id, role })
    return id
  }

  test('a guest reads, a task runner runs, a manager changes: nothing else is offered', async () => {
    const offered = {
      guest: { run: 0, make: 0, webhooks: 0 },
      task_runner: { run: 1, make: 0, webhooks: 0 },
      manager: { run: 1, make: 1, webhooks: 1 },
    }
    for (const [role, expected] of Object.entries(offered)) {
      await member(role, role)
      const { page, complaints, close } = await site.visit()
      const known = page.waitForResponse(/\/role$/)
      await signIn(page, role, role)
      await known
      await page.getByRole('link', { name: 'Templates' }).click()
      await page.getByText('site.sh').waitFor()
      const offers = async (kind: 'button' | 'link', name: string, offered: number) => {
        const found = page.getByRole(kind, { name, exact: true })
        if (offered > 0) await found.first().waitFor()
        assert.equal(await found.count(), offered, `${role}: ${name}`)
      }
      await offers('button', 'Run Site', expected.run)
      await offers('link', 'New template', expected.make)
      await offers('link', 'Webhooks', expected.webhooks)
      /** What is not offered yet may only not be known yet. */
      const go = async (kind: string) => {
        const asked = page.waitForResponse(/\/role$/)
        await page.goto(site.at(kind))
        await asked
      }
      await go('keys')
      await page.getByRole('row', { name: 'None' }).first().waitFor()
      await offers('button', 'Delete None', expected.make)
      await go('integrations')
      await page.getByRole('link', { name: 'Pushes' }).click()
      await page.getByText('whoever knows the address may').waitFor()
      await offers('button', 'New address', expected.make)
      assert.deepEqual(complaints, [])
      await close()
    }
  })

  test('who goes where the role does not lead is told so', async () => {
    await member('visitor', 'guest')
    const { page, close } = await site.open(site.at('webhooks'), { who: 'visitor' })
    await page.getByText('You may not see this').waitFor()
    await page.getByText('your role guest may not manage here').waitFor()
    assert.deepEqual(await violations(page), [])
    await page.goto(site.at('templates/new'))
    await page.getByText('You may not see this').waitFor()
    await page.goto('/project/4711/keys')
    await page.getByText('There is no such thing').waitFor()
    await close()
  })

  test('a role that was taken away meanwhile: the form stays, and says why it is refused', async () => {
    const id = await member('former', 'manager')
    const { page, close } = await site.open(site.at('repositories'), { who: 'former' })
    await page.getByRole('button', { name: 'New repository' }).click()
    await page.getByLabel('Name').fill('Roles')
    await page.getByLabel('Git URL').fill('https://git.example/roles.git')
    await site.world.api.put(`${site.world.project.path}/users/${id}`, { role: 'guest' })
    await page.keyboard.press('Enter')
    await page.getByText('your role guest may not manage here').waitFor()
    assert.equal(await page.getByLabel('Name').inputValue(), 'Roles')
    assert.deepEqual(await violations(page), [])
    await close()
  })

  test('the server is away: what was typed stays, and is saved when it is back', async () => {
    const { page, close } = await site.open(site.at('inventory'))
    await page.getByRole('button', { name: 'New inventory' }).click()
    await page.getByLabel('Name').fill('Plant')
    await site.world.server.end('SIGKILL')
    await page.keyboard.press('Enter')
    await page.getByText('The server cannot be reached').waitFor()
    const away = page.getByText('The server is away')
    await away.waitFor()
    await site.world.server.start()
    await away.waitFor({ state: 'detached' })
    await page.getByRole('button', { name: 'Create inventory' }).click()
    await page.getByRole('cell', { name: 'Plant', exact: true }).waitFor()
    await close()
  })
})
