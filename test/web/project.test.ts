import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { noBrowser, shoot, violations } from './browser.ts'
import { focused, press, siteOf } from './site.ts'

/** An app of the server's own. */
const server = { apps: { rust: { path: '/opt/rust', title: 'Rust' } } }
const files = { 'greet.sh': 'for answer; do echo "$answer"; done' }

describe('the page: what a project has', { skip: noBrowser }, () => {
  const site = siteOf({ files, server, runners: 1 })

  const open = (kind: string) => site.open(site.at(kind))

  test('a key is made, its secret stays when it is renamed, is replaced, and it is deleted by its name', async () => {
    const { page, complaints, close } = await open('keys')
    await press(page, 'New key')
    await page.getByLabel('Name').fill('Deploy')
    await page.getByLabel('Private key').fill('ssh-ed25519 AAAA')
    await page.getByLabel('Name').focus()
    await page.getByText('Expected a private key').waitFor()
    await page.getByLabel('Type').selectOption('login_password')
    await page.getByLabel('Login').fill('git')
    await page.keyboard.press('Enter')
    await page.getByText('expected a value, got nothing').waitFor()
    assert.deepEqual(await violations(page), [])
    await page.getByLabel('Password or token').fill('hush-hush')
    await page.keyboard.press('Enter')
    await page.getByRole('cell', { name: 'Deploy', exact: true }).waitFor()

    await press(page, 'Deploy')
    assert.equal(await page.getByLabel('Type').isDisabled(), true)
    assert.equal(await page.getByLabel('Password or token').count(), 0)
    await page.getByLabel('Name').fill('Deployment')
    await press(page, 'Save')
    await press(page, 'Deployment')
    await page.getByLabel('Replace the secret').check()
    await page.getByLabel('Type').selectOption('string')
    await page.getByLabel('Text').fill('other')
    await press(page, 'Save')
    await page.getByRole('row', { name: /Deployment.*Text/ }).waitFor()

    await press(page, 'Delete Deployment')
    await page.getByLabel('Type "Deployment" to confirm').fill('Deployment')
    await press(page, 'Delete key')
    await page.getByRole('row', { name: /Deployment/ }).waitFor({ state: 'detached' })
    assert.deepEqual(complaints, [])
    await close()
  })

  test('what is in use is not deleted, and the page says by what', async () => {
    const { page, close } = await open('keys')
    await press(page, 'Delete None')
    await page.getByLabel('Type "None" to confirm').fill('None')
    await press(page, 'Delete key')
    await page.getByText('in use by repository Scripts').waitFor()
    await close()
  })

  test('a repository without a key, an inventory with hosts, an environment with its secrets', async () => {
    const { page, complaints, close } = await open('repositories')
    await press(page, 'New repository')
    await page.getByLabel('Name').fill('Roles')
    await page.getByLabel('Git URL').fill('https://git.example/roles.git')
    await page.getByLabel('Branch').fill('')
    await page.keyboard.press('Enter')
    assert.equal(await page.getByLabel('Branch').getAttribute('aria-invalid'), 'true')
    await page.getByLabel('Branch').fill('stable')
    await page.keyboard.press('Enter')
    await page.getByText('https://git.example/roles.git').waitFor()

    await page.getByRole('link', { name: 'Inventory' }).click()
    await press(page, 'New inventory')
    await page.getByLabel('Name').fill('Plant')
    await page.getByLabel('Hosts', { exact: true }).fill('[pumps]\npump-07')
    await page.keyboard.press('Control+Enter')
    await page.getByRole('cell', { name: 'Plant', exact: true }).waitFor()
    assert.equal((await site.list('inventory'))[0].inventory, '[pumps]\npump-07')

    await page.getByRole('link', { name: 'Environment' }).click()
    await press(page, 'New environment')
    await page.getByLabel('Name').first().fill('Production')
    await page.getByLabel('Variables').fill('{"depth": }')
    await page.getByLabel('Name').first().focus()
    await page.getByText('Expected JSON of an object').waitFor()
    await press(page, 'Add variable')
    const variable = page.getByRole('group', { name: 'variable 1' })
    await focused(variable.getByLabel('Name'))
    await variable.getByLabel('Name').fill('ZONE')
    await variable.getByLabel('Value').fill('a = b\nc')
    for (const [index, name] of ['TOKEN', 'OTHER'].entries()) {
      await press(page, 'Add secret')
      const secret = page.getByRole('group', { name: `secret ${index + 1}` })
      await focused(secret.getByLabel('Name'))
      await secret.getByLabel('Name').fill(name)
      await secret.getByRole('textbox', { name: 'Secret' }).fill('hush')
    }
    assert.deepEqual(await violations(page), [])
    await shoot(page, 'environment-form-1280')
    await page.getByLabel('Variables').fill('{"depth": {"m": 3}}')
    await press(page, 'Create environment')
    await press(page, 'Production')
    await press(page, 'Remove secret 2')
    await focused(page.getByRole('button', { name: 'Add secret' }))
    await page.getByRole('group', { name: 'secret 1' }).getByLabel('Name').fill('KEY')
    await press(page, 'Save')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    const [{ json, env, secrets }] = await site.list('environment')
    assert.deepEqual(JSON.parse(json), { depth: { m: 3 } })
    assert.deepEqual(JSON.parse(env), { ZONE: 'a = b\nc' })
    assert.deepEqual(
      secrets.map(({ name }: { name: string }) => name),
      ['KEY'],
    )
    assert.deepEqual(complaints, [])
    await close()
  })

  test('a template with a survey is made, run with its answers, changed, and deleted', async () => {
    const { page, complaints, close } = await open('templates')
    await page.getByRole('link', { name: 'New template' }).click()
    await page.getByLabel('What runs it').selectOption('bash')
    await page.getByLabel('Playbook or script').fill('greet.sh')
    await page.getByRole('textbox', { name: 'Arguments' }).fill('hello\nto all')
    await press(page, 'Create template')
    const name = page.getByLabel('Name', { exact: true })
    await page.getByText('expected a value, got nothing').first().waitFor()
    await focused(name)
    await name.fill('Greet')
    await page.getByLabel('Repository').selectOption({ label: 'Scripts' })
    await press(page, 'Add question')
    const first = page.getByRole('group', { name: 'question 1', exact: true })
    await focused(first.getByLabel('Variable', { exact: true }))
    await first.getByLabel('Variable', { exact: true }).fill('station')
    await first.getByLabel('Type').selectOption('enum')
    await press(page, 'Add choice')
    await focused(first.getByLabel('Shown'))
    await first.getByLabel('Shown').fill('Pump 7')
    await first.getByLabel('Value').fill('pump-07')
    await first.getByLabel('Must be answered').check()
    await press(page, 'Add question')
    const second = page.getByRole('group', { name: 'question 2', exact: true })
    await focused(second.getByLabel('Variable', { exact: true }))
    await second.getByLabel('Variable', { exact: true }).fill('depth')
    await second.getByLabel('Type').selectOption('int')
    await second.getByLabel('Answer if none').fill('3')
    assert.deepEqual(await violations(page), [])
    await shoot(page, 'template-form-1280')
    await press(page, 'Create template')
    await page.getByRole('heading', { name: 'Templates' }).waitFor()
    const [made] = await site.list('templates')
    assert.deepEqual(JSON.parse(made.arguments), ['hello', 'to all'])

    await press(page, 'Run Greet')
    await press(page, 'Run')
    await page.getByText('expected a value, got nothing').waitFor()
    await page.getByLabel('station').selectOption('pump-07')
    await page.getByLabel('depth').fill('deep')
    await press(page, 'Run')
    await page.getByText('expected a whole number').waitFor()
    assert.deepEqual(await violations(page), [])
    await shoot(page, 'run-dialog-1280')
    await page.getByLabel('depth').fill('-4')
    await press(page, 'Run')
    await page.locator('.top .state', { hasText: 'Success' }).waitFor()
    const log = page.getByRole('log')
    for (const line of ['to all', 'station=pump-07', 'depth=-4']) {
      await log.getByText(line, { exact: true }).waitFor()
    }

    await page.getByRole('link', { name: 'Templates' }).click()
    await page.getByRole('link', { name: 'Greet' }).click()
    await page.getByLabel('Description').fill('says it')
    await page.getByText('Not saved yet').waitFor()
    await page.getByRole('link', { name: 'Tasks' }).click()
    const question = page.getByRole('heading', { name: 'Leave without saving?' })
    await question.waitFor()
    await page.keyboard.press('Escape')
    await question.waitFor({ state: 'detached' })
    assert.match(page.url(), /templates\/\d+$/)
    await page.goBack()
    await question.waitFor()
    await press(page.getByRole('dialog') as unknown as Page, 'Cancel')
    await press(page, 'Save')
    await page.getByRole('heading', { name: 'Templates' }).waitFor()
    assert.equal((await site.list('templates'))[0].description, 'says it')

    await press(page, 'Delete Greet')
    await page.getByLabel('Type "Greet" to confirm').fill('Greet')
    await press(page, 'Delete template')
    await page.getByText('No template yet').waitFor()
    assert.deepEqual(complaints, [])
    await close()
  })

  test('every app that is switched on may be chosen; what a template has stays, switched off or not', async () => {
    await site.world.api.post('/api/apps/python/active', { active: false })
    const id = await site.world.template({ name: 'Old', playbook: 'old.py', app: 'python' })
    const { page, complaints, close } = await open('templates/new')
    const app = page.getByLabel('What runs it')
    const offered = () => app.getByRole('option').allTextContents()
    assert.equal(await app.inputValue(), 'ansible')
    const others = (await offered()).filter((name) => /Rust|Python/.test(name))
    assert.deepEqual(others, ['Rust'])
    await app.selectOption('rust')
    await page.getByLabel('Name', { exact: true }).fill('Crate')
    await page.getByLabel('Playbook or script').fill('src/main.rs')
    await page.getByLabel('Repository').selectOption({ label: 'Scripts' })
    await press(page, 'Create template')
    await page.getByText('rust · src/main.rs').waitFor()
    await page.goto(site.at(`templates/${id}`))
    await app.waitFor()
    assert.equal(await app.inputValue(), 'python')
    assert.ok((await offered()).includes('Python Script (switched off)'))
    await site.world.api.delete('/api/apps/python')
    for (const { id } of await site.list('templates')) {
      await site.world.api.delete(`${site.world.project.path}/templates/${id}`)
    }
    assert.deepEqual(complaints, [])
    await close()
  })

  test('a task with a secret is run again: everything else is there, the secret is asked for', async () => {
    const survey_vars = [
      { name: 'site', required: true },
      { name: 'pin', type: 'secret', required: true },
    ]
    const template = await site.world.template({ name: 'Open', playbook: 'greet.sh', survey_vars })
    const said = { message: 'nightly', environment: '{"site":"north"}', secret: '{"pin":"0815"}' }
    const task = await site.world.run(template, said)
    await site.world.finished(task)
    const { page, complaints, close } = await open(`tasks/${task}`)
    await press(page, 'Run again')
    await page.getByRole('dialog', { name: `Run #${task} again` }).waitFor()
    assert.equal(await page.getByLabel('site').inputValue(), 'north')
    assert.equal(await page.getByLabel('Message').inputValue(), 'nightly')
    assert.equal(await page.getByLabel('pin').inputValue(), '')
    await page.getByLabel('pin').fill('4711')
    await press(page, 'Run')
    await page.waitForURL(new RegExp(`/tasks/${task + 1}$`))
    await page.locator('.top .state', { hasText: 'Success' }).waitFor()
    await site.world.api.delete(`${site.world.project.path}/templates/${template}`)
    assert.deepEqual(complaints, [])
    await close()
  })

  test('templates stand under the tabs of their views', async () => {
    const { page, complaints, close } = await open('templates')
    await page.getByRole('link', { name: 'Views' }).click()
    await page.getByRole('button', { name: 'New view' }).click()
    await page.getByLabel('Title').fill('Nightly')
    await page.keyboard.press('Enter')
    await page.getByRole('row', { name: /Nightly/ }).waitFor()
    assert.deepEqual(await violations(page), [])
    const [view] = await site.list('views')
    const backup = await site.world.template({
      name: 'Backup',
      playbook: 'greet.sh',
      view_id: view.id,
    })
    const once = await site.world.template({ name: 'Once', playbook: 'greet.sh' })
    await page.goto(site.at('templates'))
    await page.getByRole('link', { name: 'Once' }).waitFor()
    await page.getByRole('tab', { name: 'Nightly' }).click()
    await page.getByRole('link', { name: 'Once' }).waitFor({ state: 'detached' })
    assert.deepEqual(await violations(page), [])
    await shoot(page, 'templates-tabs-1280')
    await page.getByRole('link', { name: 'Backup' }).click()
    await page.getByLabel('View', { exact: true }).selectOption({ label: 'None' })
    await page.getByLabel('Type', { exact: true }).selectOption('build')
    await page.getByLabel('First version').fill('1.0.0')
    await press(page, 'Save')
    await page.getByRole('tab', { name: 'Nightly' }).click()
    await page.getByText('No template is in this view').waitFor()
    const changed = (
      await site.world.api.get(`${site.world.project.path}/templates/${backup}`)
    ).json()
    assert.deepEqual(
      [changed.view_id, changed.type, changed.start_version],
      [null, 'build', '1.0.0'],
    )
    await site.world.api.delete(`${site.world.project.path}/views/${view.id}`)
    for (const id of [backup, once])
      await site.world.api.delete(`${site.world.project.path}/templates/${id}`)
    assert.deepEqual(complaints, [])
    await close()
  })

  test('Escape closes an untouched dialog, and asks before it throws something away', async () => {
    const { page, close } = await open('repositories')
    await press(page, 'New repository')
    await focused(page.getByLabel('Name'))
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await press(page, 'New repository')
    await focused(page.getByLabel('Name'))
    await page.keyboard.type('Half')
    await page.keyboard.press('Escape')
    await press(page, 'Discard changes')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await close()
  })

  for (const theme of ['light', 'dark'] as const) {
    test(`every list and the form of a template are accessible, ${theme}, at each width`, async () => {
      const template = await site.world.template({
        name: 'Site',
        playbook: 'greet.sh',
        survey_vars: [{ name: 'a', type: 'enum', values: [{ name: 'A', value: 'a' }] }],
      })
      const views = ['templates', 'repositories', 'inventory', 'environment', 'keys']
      for (const width of [360, 768, 1280]) {
        const { page, close } = await site.open('/', { theme, width })
        for (const kind of [...views, `templates/${template}`]) {
          await page.goto(site.at(kind))
          await page.locator('.skeleton').waitFor({ state: 'detached' })
          await page.locator('table, form, .empty').first().waitFor()
          assert.deepEqual(await violations(page), [], `${kind} ${theme} ${width}`)
          assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width, kind)
          await shoot(page, `${kind.replace(/\/.*/, '-form')}-${theme}-${width}`)
        }
        await close()
      }
    })
  }
})
