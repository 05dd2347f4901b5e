import Type from 'typebox'
import { AppError } from '../../../lib/errors.ts'
import { projectRoles, putProjectUser } from '../../store/project-users.ts'
import {
  countOpenTasks,
  deleteProject,
  insertProject,
  listProjects,
  listProjectsOf,
  updateProject,
} from '../../store/projects.ts'
import { deleteRunner, listRunners } from '../../store/runners.ts'
import { actorOf, projectOf, rightsMask } from '../access.ts'
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { expectSameIds } from '../fields.ts'
import { ProjectBody, ProjectView, projectColumns, projectView } from '../project-view.ts'
import { recorder } from '../record.ts'
import { shutOut } from '../runner-credentials.ts'

const Role = Type.Object({ role: Type.Enum([...projectRoles]), permissions: Type.Integer() })
const tags = ['project']
const type = 'project'

export function projectRoutes(app: App, context: HttpContext): void {
  const { store, clock } = context
  const record = recorder(context)

  app.get(
    '/api/projects',
    {
      config: { access: 'user' },
      schema: {
        tags,
        summary: 'Projects that you may see',
        response: { 200: Type.Array(ProjectView) },
      },
    },
    async (request) => {
      const { id, admin } = actorOf(request)
      const rows = admin ? await listProjects(store.read) : await listProjectsOf(store.read, id)
      return rows.map(projectView)
    },
  )

  app.post(
    '/api/projects',
    {
      config: { access: 'admin' },
      schema: {
        tags,
        summary: 'Create a project',
        body: ProjectBody,
        response: { 201: ProjectView },
      },
    },
    async (request, reply) => {
      const actor = actorOf(request)
      const project = { ...projectColumns(request.body), created: clock.now() }
      const id = await store.commit(async (tx) => {
        const id = await insertProject(tx, project)
        await putProjectUser(tx, id, actor.id, 'owner')
        const { name } = project
        await record(tx, { actor, project: { id } }, { type, id, name, done: 'created' })
        return id
      })
      return reply.status(201).send(projectView({ id, ...project }))
    },
  )

  app.get(
    '/api/project/:project_id',
    {
      config: { access: 'project:read' },
      schema: { tags, summary: 'Get a project', response: { 200: ProjectView } },
    },
    async (request) => projectView(projectOf(request)),
  )

  app.get(
    '/api/project/:project_id/role',
    {
      config: { access: 'project:read' },
      schema: { tags, summary: 'What you may do in a project', response: { 200: Role } },
    },
    async (request) => {
      const { role, rights } = projectOf(request)
      return { role, permissions: rightsMask(rights) }
    },
  )

  app.put(
    '/api/project/:project_id',
    {
      config: { access: 'project:update' },
      schema: { tags, summary: 'Update a project', body: ProjectBody },
    },
    async (request, reply) => {
      const { id } = projectOf(request)
      expectSameIds(request.body, { id })
      await store.commit(async (tx) => {
        await updateProject(tx, id, projectColumns(request.body))
        await record(tx, request, { type, id, name: request.body.name, done: 'changed' })
      })
      return reply.status(204).send()
    },
  )

  app.delete(
    '/api/project/:project_id',
    {
      config: { access: 'project:update' },
      schema: { tags, summary: 'Delete a project, all that is in it and its own runners' },
    },
    async (request, reply) => {
      const { id, name } = projectOf(request)
      const runners = await store.commit(async (tx) => {
        const open = await countOpenTasks(tx, id)
        if (open > 0) {
          throw new AppError('conflict', `project ${id} has ${open} tasks that are not over`, {
            fix: 'stop them first',
          })
        }
        const runners = (await listRunners(tx.db)).filter((runner) => runner.project_id === id)
        for (const runner of runners) await deleteRunner(tx, runner.id)
        await deleteProject(tx, id)
        await record(tx, request, { type, id, name, done: 'deleted' })
        return runners
      })
      for (const runner of runners) await shutOut(context, runner.id)
      return reply.status(204).send()
    },
  )
}
