import Type from 'typebox'
import { putProjectUser } from '../../store/project-users.ts'
import { insertProject } from '../../store/projects.ts'
import { actorOf, projectOf } from '../access.ts'
import type { App } from '../app.ts'
import { exportProject } from '../backup/export.ts'
import { restoreAll } from '../backup/restore.ts'
import { type Given, normal } from '../backup/semaphore.ts'
import type { HttpContext } from '../context.ts'
import { Text } from '../fields.ts'
import { ProjectBody, ProjectView, projectColumns, projectView } from '../project-view.ts'
import { recorder } from '../record.ts'

const Entry = Type.Record(Text, Type.Unknown())
const Entries = Type.Union([Type.Array(Entry), Type.Null()])
/** What is in the entries is checked as each is put back. */
const lists = [
  'keys',
  'repositories',
  'inventories',
  'environments',
  'views',
  'templates',
  'schedules',
  'integrations',
]
const Backup = Type.Object({
  meta: ProjectBody,
  ...Object.fromEntries(lists.map((name) => [name, Type.Optional(Entries)])),
})
const Restored = Type.Object({
  ...ProjectView.properties,
  /** Secrets that are in no backup and have to be entered again. */
  missing_secrets: Type.Array(Text),
  /** What the backup holds and there is none of here. */
  left_out: Type.Array(Text),
})
const tags = ['project']
/** Inventories of 5,000 hosts are 2 MB each. */
const bodyLimit = 64 * 1024 * 1024

/** A project as a file in Semaphore's format, and such a file as a new project. */
export function backupRoutes(app: App, context: HttpContext): void {
  const { store, cipher, clock } = context
  const record = recorder(context)

  app.get(
    '/api/project/:project_id/backup',
    {
      config: { access: 'project:read' },
      schema: {
        tags,
        summary: 'All that is in a project, with names for ids and without secrets',
        response: { 200: Entry },
      },
    },
    async (request) => await exportProject(store.read, app.resources, projectOf(request)),
  )

  app.post(
    '/api/projects/restore',
    {
      config: { access: 'admin' },
      bodyLimit,
      schema: {
        tags,
        summary: 'A backup as a new project',
        body: Backup,
        response: { 200: Restored },
      },
    },
    async (request) => {
      const actor = actorOf(request)
      const { backup, leftOut } = normal(request.body as Given)
      const project = { ...projectColumns(request.body.meta), created: clock.now() }
      const { id, missing } = await store.commit(async (tx) => {
        const id = await insertProject(tx, project)
        await putProjectUser(tx, id, actor.id, 'owner')
        const { name } = project
        const done = 'restored from a backup'
        await record(tx, { actor, project: { id } }, { type: 'project', id, name, done })
        const parts = { resources: app.resources, cipher, project: id }
        return { id, missing: await restoreAll(tx, parts, backup) }
      })
      return { ...projectView({ id, ...project }), missing_secrets: missing, left_out: leftOut }
    },
  )
}
