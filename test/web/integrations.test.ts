import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import { createClient } from '../kit/http.ts'
import { noBrowser, shoot, violations } from './browser.ts'
import { press, siteOf } from './site.ts'

const files = { 'deploy.sh': 'for answer; do echo "$answer"; done' }

describe('the page: integrations', { skip: noBrowser }, () => {
  const site = siteOf({ files, runners: 1 })

  test('one is made, told what to look for, knocked at, switched to another way, and deleted', async () => {
    const { world } = site
    await world.create('keys', { name: 'Forge', type: 'string', string: 'open sesame' })
    await world.template({ name: 'Deploy', playbook: 'deploy.sh' })
    const { page, complaints, close } = await site.open('/')
    await page.getByRole('link', { name: 'Integrations' }).click()
    await page.getByText('No integration yet').waitFor()
    await page.getByRole('button', { name: 'New integration' }).click()
    await page.getByLabel('Name').fill('Pushes')
    await page.getByLabel('Template').selectOption({ label: 'Deploy' })
    await press(page, 'Create integration')
    const key = page.getByLabel('Key with the secret')
    await page.locator('.field', { has: key }).getByText('expected a value').waitFor()
    await key.selectOption({ label: 'Forge' })
    await page.getByLabel('Message').fill('a push')
    assert.deepEqual(await violations(page), [])
    await shoot(page, 'integration-form-1280')
    await press(page, 'Create integration')
    await page.getByRole('heading', { name: 'Pushes' }).waitFor()
    await page.getByText('the signature that GitHub and Gitea send').waitFor()

    await press(page, 'New address')
    await press(page, 'Copy')
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    const url = String(await page.evaluate('navigator.clipboard.readText()'))
    await page.getByRole('cell', { name: url, exact: true }).waitFor()

    await press(page, 'New value')
    await page.getByLabel('Name').fill('Who')
    await page.getByLabel('Path').fill('commits.[0].author')
    await page.getByLabel('Variable', { exact: true }).fill('-who')
    await press(page, 'Create value')
    await page.getByText('expected a name without - and =').waitFor()
    await page.getByLabel('Variable', { exact: true }).fill('who')
    await press(page, 'Create value')
    await page.getByText('commits.[0].author of the body becomes the variable who').waitFor()
    await press(page, 'New matcher')
    await page.getByLabel('Name').fill('Only pushes')
    await page.getByLabel('Where').selectOption('header')
    await page.getByLabel('Header').fill('X-GitHub-Event')
    await page.getByLabel('Value', { exact: true }).fill('push')
    assert.deepEqual(await violations(page), [])
    await press(page, 'Create matcher')
    await page.getByText('header X-GitHub-Event is "push"').waitFor()

    const body = { commits: [{ author: 'ann' }] }
    const signature = createHmac('sha256', 'open sesame').update(JSON.stringify(body)).digest('hex')
    const forge = createClient(world.url, world.ca).with({
      'x-hub-signature-256': `sha256=${signature}`,
    })
    assert.equal((await forge.post(url, body)).status, 204)
    const started = page.getByRole('region', { name: 'Started' })
    await started.getByText('a push').waitFor()
    await started.getByText('Success').waitFor()
    assert.match(await world.log((await site.list('tasks'))[0].id), /who=ann/)
    assert.deepEqual(await violations(page), [])
    await shoot(page, 'integration-1280')

    await press(page, 'Only pushes')
    await page.getByLabel('Where').selectOption('body')
    await page.getByLabel('Path').fill('ref')
    await page.getByLabel('Value', { exact: true }).fill('refs/heads/main')
    await press(page, 'Save')
    await page.getByText('ref of the body is "refs/heads/main"').waitFor()
    await press(page, 'Delete Who')
    await page.getByLabel('Type "Who" to confirm').fill('Who')
    await press(page, 'Delete value')
    await page.getByText('becomes the variable who').waitFor({ state: 'detached' })

    await press(page, 'Edit')
    await page.getByLabel('Proof').selectOption('token')
    await page.getByLabel('Header').fill('X-Token')
    await press(page, 'Save')
    await page.getByText('A request brings the token, in X-Token').waitFor()
    await press(page, `Delete ${url}`)
    await press(page, 'Delete address')
    await page.getByRole('cell', { name: url, exact: true }).waitFor({ state: 'detached' })
    assert.equal((await forge.post(url, body)).status, 404)

    await press(page, 'Delete')
    await page.getByLabel('Type "Pushes" to confirm').fill('Pushes')
    await press(page, 'Delete integration')
    await page.getByText('No integration yet').waitFor()
    assert.deepEqual(complaints, [])
    await close()
  })
})
