/** What one may do in a project: what may not be done is not offered. The server decides, here is only asked. */
import { effect, signal } from '@preact/signals'
import { onNews } from '../api/news.ts'
import { api, project, user } from './session.ts'

const bits = { run: 1, update: 2, manage: 4, users: 8 } as const
export type Right = keyof typeof bits

const known = signal<ReadonlyMap<number, number>>(new Map())

/** False as long as it is not known. */
export function may(right: Right, id = project.value?.id): boolean {
  if (id === undefined) return false
  return user.value?.admin === true || ((known.value.get(id) ?? 0) & bits[right]) !== 0
}

/** Asks once for every project that is looked at, and again after the server was away. */
export function startRights(): void {
  effect(() => {
    if (!user.value) known.value = new Map()
    else if (!user.value.admin && project.value) void ask(project.value.id)
  })
  onNews((news) => {
    const id = project.value?.id
    if (news === undefined && id !== undefined && user.value && !user.value.admin) void ask(id)
  })
}

async function ask(id: number): Promise<void> {
  try {
    const { permissions } = await api.get<{ permissions: number }>(`/api/project/${id}/role`)
    known.value = new Map(known.peek()).set(id, permissions)
  } catch {
    // Then nothing is offered; whatever is shown says itself why it cannot be had.
  }
}
