import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Template } from '../../web/api/records.ts'
import { bodyOf, draftOf } from '../../web/form/draft.ts'
import { choiceSections, fromChoices, withChoices } from '../../web/views/tasks/task-choices.ts'
import { noBrowser, shoot, violations } from './browser.ts'
import { press, siteOf } from './site.ts'

const template = (id: number, columns: Partial<Template>) =>
  ({ id, name: `T${id}`, app: 'bash', task_params: {}, survey_vars: null, ...columns }) as Template

const plant = template(1, {
  app: 'ansible',
  task_params: { diff: true, allow_override_tags: false },
  survey_vars: [{ name: 'site' }, { name: 'pin', type: 'secret' }],
  allow_override_args_in_task: true,
})
const tunnel = template(2, { allow_override_branch_in_task: true })
const templates = [plant, tunnel]

function formOf(record?: Record<string, unknown>) {
  const fields = [
    { name: 'template_id', label: 'Template', kind: 'id' as const, choices: [] },
    ...choiceSections(templates, []).flatMap((section) => section.fields),
  ]
  const draft = draftOf(fields, record)
  const shown = () => draft.cells.filter(({ spec }) => spec.when?.(look) ?? true)
  const look = (name: string) => draft.cells.find(({ spec }) => spec.name === name)?.held.value
  return {
    names: () => shown().map(({ spec }) => spec.name),
    fill(name: string, held: string | boolean) {
      const cell = shown().find(({ spec }) => spec.name === name)
      assert.ok(cell, name)
      cell.held.value = held
    },
    sent: () => fromChoices(bodyOf(draft), templates),
  }
}

test('what its tasks are told is what the chosen template lets a person choose, without secrets', () => {
  const form = formOf()
  assert.deepEqual(form.names(), ['template_id', 'message', 'variables'])
  form.fill('template_id', '1')
  const flags = ['dry_run', 'diff', 'debug', 'skip_galaxy_install'].map((name) => `params.${name}`)
  assert.deepEqual(form.names(), [
    'template_id',
    'environment.site',
    'message',
    ...['params.limit', 'params.skip_tags', ...flags],
    'arguments',
    'variables',
  ])
  form.fill('environment.site', 'north')
  form.fill('params.limit', 'pumps')
  form.fill('params.diff', false)
  form.fill('arguments', '--forks\n2')
  form.fill('variables', '{"depth": 3}')
  const { task_params, ...rest } = form.sent()
  assert.deepEqual(rest, { template_id: 1 })
  assert.deepEqual(JSON.parse(JSON.stringify(task_params)), {
    message: '',
    arguments: '["--forks","2"]',
    environment: '{"depth":3,"site":"north"}',
    params: { limit: ['pumps'], diff: false },
  })
})

test('what nobody changes goes back as it came, with what the form does not know', () => {
  const task_params = {
    message: 'nightly',
    playbook: 'other.yml',
    arguments: '["-v"]',
    environment: '{"depth":3,"site":"north"}',
    params: { diff: false, debug_level: 2, limit: ['pumps'] },
  }
  const record = { id: 7, template_id: 1, task_params }
  assert.deepEqual(
    JSON.parse(JSON.stringify(formOf(withChoices(record, templates)).sent())),
    record,
  )
})

test('another template: what it does not let choose is not sent', () => {
  const task_params = { arguments: '["-v"]', environment: '{"site":"x"}', params: { diff: false } }
  const form = formOf(withChoices({ template_id: 1, task_params }, templates))
  form.fill('template_id', '2')
  form.fill('git_branch', 'next')
  assert.deepEqual(JSON.parse(JSON.stringify(form.sent())), {
    template_id: 2,
    task_params: { message: '', git_branch: 'next', environment: '{}', params: {} },
  })
})

describe('the page: what a schedule tells its tasks', { skip: noBrowser }, () => {
  const site = siteOf()

  test('all that the dialog to run one offers is told, shown again, and kept', async () => {
    const { world } = site
    const inventory_id = await world.create('inventory', {
      name: 'Pumps',
      type: 'static',
      inventory: 'pump-07',
      ssh_key_id: world.project.key,
    })
    await world.template({
      name: 'Plant',
      app: 'ansible',
      playbook: 'plant.yml',
      inventory_id,
      survey_vars: [{ name: 'site', title: 'Which site', required: true }],
      allow_override_args_in_task: true,
    })
    const { page, complaints, close } = await site.open(site.at('schedules'))
    await page.getByRole('button', { name: 'New schedule' }).click()
    await page.getByLabel('Template').selectOption({ label: 'Plant' })
    await press(page, 'Create schedule')
    const answer = page.getByLabel('Which site')
    await page.locator('.field', { has: answer }).getByText('expected a value').waitFor()
    await answer.fill('north')
    await page.getByText('Switches and other variables').click()
    await page.getByLabel('Limit').fill('pump-07, pump-08')
    await page.getByLabel('Tags', { exact: true }).fill('valves')
    await page.getByLabel('Dry run').check()
    await page.getByLabel('Inventory').selectOption({ label: 'Pumps' })
    await page.getByRole('textbox', { name: 'Arguments' }).fill('--forks=2')
    await page.getByLabel('Other variables').fill('{"depth": 3}')
    assert.deepEqual(await violations(page), [])
    await shoot(page, 'schedule-told-1280')
    await press(page, 'Create schedule')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    const told = {
      message: '',
      arguments: '["--forks=2"]',
      environment: '{"depth":3,"site":"north"}',
      inventory_id,
      params: { limit: ['pump-07', 'pump-08'], tags: ['valves'], dry_run: true },
    }
    assert.deepEqual((await site.list('schedules'))[0].task_params, told)

    await press(page, 'Plant')
    await page.getByText('Switches and other variables').click()
    assert.equal(await page.getByLabel('Limit').inputValue(), 'pump-07, pump-08')
    await page.getByLabel('Tags', { exact: true }).fill('')
    await press(page, 'Save')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    const params = { limit: told.params.limit, dry_run: true }
    assert.deepEqual((await site.list('schedules'))[0].task_params, { ...told, params })
    assert.deepEqual(complaints, [])
    await close()
  })
})
