/** Who is signed in, and what they may see. */
import { computed, signal } from '@preact/signals'
import { createClient } from '../api/client.ts'
import { openNews } from '../api/news.ts'
import type { Project, User } from '../api/records.ts'
import { path } from './router.ts'

/** undefined = not known yet; null = nobody. */
export const user = signal<User | null | undefined>(undefined)
export const projects = signal<Project[]>([])
/** Why nobody can be told: the server is away. */
export const startError = signal<string | undefined>(undefined)

const remembered = signal(Number(localStorage.getItem('project')))

/** The project that the address names, else the one that was looked at last, else the first. */
export const project = computed<Project | undefined>(() => {
  const named = Number(/^\/project\/(\d+)/.exec(path.value)?.[1])
  const find = (id: number) => projects.value.find((one) => one.id === id)
  return find(named) ?? find(remembered.value) ?? projects.value[0]
})

export const api = createClient(
  (...call) => fetch(...call),
  () => renewing || leave(),
)

/** The old session is over and the next one is on its way: nobody is sent away meanwhile. */
let renewing = false

let closeNews: (() => void) | undefined

export async function whoAmI(): Promise<void> {
  startError.value = undefined
  try {
    const known = await api.get<User>('/api/user')
    await reloadProjects()
    user.value = known
    closeNews ??= openNews(() => void api.get('/api/user').catch(() => {}))
  } catch (error) {
    if (user.value !== null) startError.value = (error as Error).message
  }
}

export async function reloadProjects(): Promise<void> {
  projects.value = await api.get<Project[]>('/api/projects')
}

export function choose(id: number): void {
  localStorage.setItem('project', String(id))
  remembered.value = id
}

export async function signIn(auth: string, password: string): Promise<void> {
  await api.post('/api/auth/login', { auth, password })
  await whoAmI()
}

/** This session ends with all others of the user, so another one begins at once. */
export async function changePassword({ id, username }: User, password: string): Promise<void> {
  renewing = true
  try {
    await api.post(`/api/users/${id}/password`, { password })
    closeNews?.()
    closeNews = undefined
    await signIn(username, password)
  } finally {
    renewing = false
  }
}

export async function signOut(): Promise<void> {
  await api.post('/api/auth/logout')
  leave()
}

function leave(): void {
  closeNews?.()
  closeNews = undefined
  user.value = null
}
