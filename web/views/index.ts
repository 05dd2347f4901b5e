/** Every view with its address. The first that matches is shown; those with `nav` stand in the rail. */
import type { ComponentType } from 'preact'
import type { IconName } from '../parts/icons.tsx'
import type { Right } from '../shell/rights.ts'

/** Headings in the rail; what has none stands above them. */
export type NavGroup = 'Project' | 'Server'

export interface ViewProps {
  /** The named parts of the address. */
  params: Record<string, string>
}

export interface ViewEntry {
  pattern: string
  nav?: { name: string; icon: IconName; group?: NavGroup }
  /** Only administrators may; it is not offered to others. */
  admin?: boolean
  /** Only members with this right may; it is not offered to others. */
  right?: Right
  load: () => Promise<{ default: ComponentType<ViewProps> }>
}

export const views: readonly ViewEntry[] = [
  {
    pattern: '/',
    nav: { name: 'Overview', icon: 'overview' },
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
    pattern: '/project/:project/runners',
    nav: { name: 'Project runners', icon: 'runners', group: 'Project' },
    right: 'manage',
    load: () => import('./runners/runners.tsx'),
  },
  {
    pattern: '/first-steps',
    nav: { name: 'First steps', icon: 'steps' },
    admin: true,
    load: () => import('./first-steps/first-steps.tsx'),
  },
  {
    pattern: '/project/:project/templates',
    nav: { name: 'Templates', icon: 'templates', group: 'Project' },
    load: () => import('./templates/templates.tsx'),
  },
  {
    pattern: '/project/:project/templates/:template',
    load: () => import('./templates/template.tsx'),
  },
  {
    pattern: '/project/:project/views',
    load: () => import('./template-views/template-views.tsx'),
  },
  {
    pattern: '/project/:project/schedules',
    nav: { name: 'Schedules', icon: 'schedules', group: 'Project' },
    load: () => import('./schedules/schedules.tsx'),
  },
  {
    pattern: '/project/:project/repositories',
    nav: { name: 'Repositories', icon: 'repositories', group: 'Project' },
    load: () => import('./repositories/repositories.tsx'),
  },
  {
    pattern: '/project/:project/inventory',
    nav: { name: 'Inventory', icon: 'inventory', group: 'Project' },
    load: () => import('./inventory/inventory.tsx'),
  },
  {
    pattern: '/project/:project/environment',
    nav: { name: 'Environment', icon: 'environment', group: 'Project' },
    load: () => import('./environment/environment.tsx'),
  },
  {
    pattern: '/project/:project/keys',
    nav: { name: 'Keys', icon: 'keys', group: 'Project' },
    load: () => import('./keys/keys.tsx'),
  },
  {
    pattern: '/project/:project/webhooks',
    nav: { name: 'Webhooks', icon: 'webhooks', group: 'Project' },
    right: 'manage',
    load: () => import('./webhooks/webhooks.tsx'),
  },
  {
    pattern: '/project/:project/webhooks/:webhook',
    load: () => import('./webhooks/webhook.tsx'),
  },
  {
    pattern: '/project/:project/integrations',
    nav: { name: 'Integrations', icon: 'integrations', group: 'Project' },
    load: () => import('./integrations/integrations.tsx'),
  },
  {
    pattern: '/project/:project/integrations/:integration',
    load: () => import('./integrations/integration.tsx'),
  },
  {
    pattern: '/project/:project/members',
    nav: { name: 'Members', icon: 'people', group: 'Project' },
    load: () => import('./members/members.tsx'),
  },
  {
    pattern: '/project/:project/activity',
    nav: { name: 'Activity', icon: 'activity', group: 'Project' },
    load: () => import('./activity/activity.tsx'),
  },
  {
    pattern: '/project/:project/settings',
    nav: { name: 'Settings', icon: 'settings', group: 'Project' },
    right: 'update',
    load: () => import('./settings/settings.tsx'),
  },
  {
    pattern: '/new-project',
    admin: true,
    load: () => import('./settings/new-project.tsx'),
  },
  {
    pattern: '/users',
    nav: { name: 'Users', icon: 'people', group: 'Server' },
    admin: true,
    load: () => import('./users/users.tsx'),
  },
  {
    pattern: '/apps',
    nav: { name: 'Apps', icon: 'apps', group: 'Server' },
    admin: true,
    load: () => import('./apps/apps.tsx'),
  },
  {
    pattern: '/activity',
    admin: true,
    load: () => import('./activity/activity.tsx'),
  },
  {
    pattern: '/account',
    load: () => import('./account/account.tsx'),
  },
]
