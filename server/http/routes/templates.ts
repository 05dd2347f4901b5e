import { isTerraform } from '../../../broker/apps.ts'
import { AppError } from '../../../lib/errors.ts'
import { expectNoQuestions } from '../../store/builds.ts'
import type { Tx } from '../../store/commit.ts'
import { environments } from '../../store/environments.ts'
import { inventories } from '../../store/inventories.ts'
import { keys } from '../../store/keys.ts'
import { expectOwned } from '../../store/owned.ts'
import { repositories } from '../../store/repositories.ts'
import { templateViews } from '../../store/template-views.ts'
import { type NewTemplate, templateReferences, templates } from '../../store/templates.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { resourceRoutes } from '../resource.ts'
import { TemplateBody, templateOf } from '../template-body.ts'
import { TemplateView, templateViewsOf } from '../template-view.ts'

export function templateRoutes(app: App, context: HttpContext): void {
  resourceRoutes(app, context, {
    path: 'templates',
    noun: 'template',
    body: TemplateBody,
    view: TemplateView,
    table: templates,
    sorts: {
      name: 'name',
      playbook: 'playbook',
      inventory: 'inventory_id',
      environment: 'environment_id',
      repository: 'repository_id',
    },
    show: templateViewsOf,
    async insert(tx, project, body) {
      return await templates.insert(tx, project, await checked(tx, project, body))
    },
    async update(tx, row, body) {
      const { id, project_id } = row
      const { silence_policy, silence_grace_sec, idempotent, max_requeues } = row
      const { max_task_duration_sec, secrets_in_arguments, artifacts } = row
      // Semaphore's clients do not know these and must not reset them.
      await templates.update(
        tx,
        project_id,
        id,
        await checked(tx, project_id, {
          silence_policy,
          silence_grace_sec,
          idempotent,
          max_requeues,
          max_task_duration_sec,
          secrets_in_arguments,
          artifacts,
          ...body,
        }),
      )
    },
    references: (db, { id }) => templateReferences(db, id),
  })
}

async function checked(tx: Tx, project: number, body: TemplateBody): Promise<NewTemplate> {
  const template = templateOf(body)
  if (template.playbook === '' && !isTerraform(template.app)) {
    throw new AppError('invalid', 'playbook: expected at least 1 characters, got ""')
  }
  const { repository_id, inventory_id, environment_id, view_id, vaults } = template
  await expectOwned(tx, repositories, project, 'repository_id', repository_id)
  await expectOwned(tx, inventories, project, 'inventory_id', inventory_id)
  await expectOwned(tx, environments, project, 'environment_id', environment_id)
  await expectOwned(tx, templateViews, project, 'view_id', view_id)
  await expectBuilds(tx, project, template)
  for (const [index, { vault_key_id }] of vaults.entries()) {
    await expectOwned(tx, keys, project, `vaults.${index}.vault_key_id`, vault_key_id || null)
  }
  return template
}

async function expectBuilds(tx: Tx, project: number, template: NewTemplate): Promise<void> {
  const { build_template_id: id, autorun } = template
  if (id === null) return
  const build = await templates.find(tx.db, project, id)
  if (build?.type !== 'build') {
    throw new AppError(
      'invalid',
      `build_template_id: expected a template of type build of this project, got ${id}`,
    )
  }
  // Nobody is asked then.
  if (autorun) expectNoQuestions(template)
}
