/** Every migration in order; forward only. */
import type { Knex } from 'knex'
import * as projects from './2026-11-24-a-projects.ts'
import * as tasks from './2026-11-24-b-tasks.ts'
import * as webhooks from './2026-11-24-c-webhooks.ts'
import * as silence from './2026-11-24-d-silence.ts'
import * as alarms from './2026-11-24-e-alarms.ts'
import * as runnerTags from './2026-11-24-f-runner-tags.ts'
import * as unacked from './2026-11-24-g-unacked.ts'
import * as bearers from './2026-11-24-h-bearers.ts'
import * as deadlines from './2026-11-24-i-deadlines.ts'
import * as pauses from './2026-11-24-j-pauses.ts'
import * as confirmation from './2026-11-24-k-confirmation.ts'
import * as recovery from './2026-11-24-l-recovery.ts'
import * as keys from './2026-11-24-n-keys.ts'
import * as secretsInArguments from './2026-11-24-p-secrets-in-arguments.ts'
import * as artifacts from './2026-11-29-a-artifacts.ts'
import * as clearCache from './2026-11-29-b-clear-cache.ts'
import * as events from './2026-11-29-c-events.ts'
import * as people from './2026-11-29-c-people.ts'
import * as runnerRegistration from './2026-11-29-c-runner-registration.ts'
import * as schedules from './2026-11-29-d-schedules.ts'
import * as views from './2026-11-29-d2-views.ts'
import * as builds from './2026-11-29-d3-builds.ts'
import * as integrations from './2026-11-29-d4-integrations.ts'
import * as endedTasks from './2026-11-29-g-ended-tasks.ts'
import * as options from './2026-11-29-h-options.ts'
import * as errorAlerts from './2026-11-29-h2-error-alerts.ts'
import * as deliveryWaits from './2026-11-29-i-delivery-waits.ts'
import * as connections from './2026-11-29-l-connections.ts'
import * as startKeys from './2026-11-29-m-start-keys.ts'
import * as scheduleRepositories from './2026-11-29-n-schedule-repositories.ts'

export interface Migration {
  name: string
  up(db: Knex): Promise<void>
}

export const migrations: readonly Migration[] = [
  projects,
  tasks,
  webhooks,
  silence,
  alarms,
  runnerTags,
  unacked,
  bearers,
  deadlines,
  pauses,
  confirmation,
  recovery,
  keys,
  secretsInArguments,
  artifacts,
  clearCache,
  events,
  people,
  runnerRegistration,
  schedules,
  views,
  builds,
  integrations,
  endedTasks,
  options,
  errorAlerts,
  deliveryWaits,
  connections,
  startKeys,
  scheduleRepositories,
]
