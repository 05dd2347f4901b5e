/** Every view with its address. The first that matches is shown; those with `nav` stand in the rail. */
import type { ComponentType } from 'preact'
import type { IconName } from '../parts/icons.tsx'

export interface ViewProps {
  /** The named parts of the address. */
  params: Record<string, string>
}

export interface ViewEntry {
  pattern: string
  nav?: { name: string; icon: IconName }
  /** Only administrators may; it is not offered to others. */
  admin?: boolean
  load: () => Promise<{ default: ComponentType<ViewProps> }>
}

export const views: readonly ViewEntry[] = [
  {
    pattern: '/',
    load: () => import('./home/home.tsx'),
  },
  {
    pattern: '/project/:project/tasks',
    nav: { name: 'Tasks', icon: 'tasks' },
    load: () => import('./tasks/tasks.tsx'),
  },
  {
    pattern: '/project/:project/tasks/:task',
    load: () => import('./task/task.tsx'),
  },
  {
    pattern: '/runners',
    nav: { name: 'Runners', icon: 'runners' },
    admin: true,
    load: () => import('./runners/runners.tsx'),
  },
  {
    pattern: '/first-steps',
    nav: { name: 'First steps', icon: 'steps' },
    admin: true,
    load: () => import('./first-steps/first-steps.tsx'),
  },
]
