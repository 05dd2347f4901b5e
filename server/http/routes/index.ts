/** The whole API on one screen. */
import type { App } from '../app.ts'
import type { HttpContext } from '../context.ts'
import { apiDocsRoutes } from './api-docs.ts'
import { appRoutes } from './apps.ts'
import { authRoutes } from './auth.ts'
import { backupRoutes } from './backup.ts'
import { environmentRoutes } from './environment.ts'
import { eventRoutes } from './events.ts'
import { integrationPartRoutes } from './integration-parts.ts'
import { integrationReceiver } from './integration-receiver.ts'
import { integrationRoutes } from './integrations.ts'
import { internalRunnerRoutes } from './internal-runners.ts'
import { inventoryRoutes } from './inventory.ts'
import { keyRoutes } from './keys.ts'
import { liveSocketRoutes } from './live-socket.ts'
import { metricsRoutes } from './metrics.ts'
import { oneFileRoute } from './one-file.ts'
import { openTaskRoutes } from './open-tasks.ts'
import { optionRoutes } from './options.ts'
import { projectUserRoutes } from './project-users.ts'
import { projectRoutes } from './projects.ts'
import { recoveryRoutes } from './recovery.ts'
import { repositoryRoutes } from './repositories.ts'
import { runnerAlarmRoutes } from './runner-alarms.ts'
import { runnerLinkRoutes } from './runner-links.ts'
import { runnerTagRoutes } from './runner-tags.ts'
import { runnerRoutes } from './runners.ts'
import { scheduleRoutes } from './schedules.ts'
import { signingKeyRoutes } from './signing-key.ts'
import { systemRoutes } from './system.ts'
import { taskArtifactRoutes } from './task-artifacts.ts'
import { taskExplainRoutes } from './task-explain.ts'
import { taskLineRoutes } from './task-lines.ts'
import { taskLogRoutes } from './task-log.ts'
import { taskStatsRoutes } from './task-stats.ts'
import { taskRoutes } from './tasks.ts'
import { templateTaskRoutes } from './template-tasks.ts'
import { templateRoutes } from './templates.ts'
import { userRoutes } from './user.ts'
import { usersRoutes } from './users.ts'
import { viewRoutes } from './views.ts'
import { webhookDeliveryRoutes } from './webhook-deliveries.ts'
import { webhookRoutes } from './webhooks.ts'

type Routes = (app: App, context: HttpContext) => void

export const routes: readonly Routes[] = [
  metricsRoutes, //         /metrics  /api/metrics
  systemRoutes, //          /api/ping  /api/info  /healthz  /readyz  /ca.pem
  oneFileRoute, //          /outstation.mjs
  apiDocsRoutes, //         /api/openapi.json  /api/docs
  eventRoutes, //           /api/events
  liveSocketRoutes, //      /api/ws
  authRoutes, //            /api/auth/login  /api/auth/logout
  userRoutes, //            /api/user  /api/user/tokens
  usersRoutes, //           /api/users
  runnerRoutes, //          /api/runners  /api/project/{id}/runners
  runnerAlarmRoutes, //     /api/runners/{id}/alarms
  runnerLinkRoutes, //      /api/runner_links  /api/runners/{id}/connections
  runnerTagRoutes, //       /api/runner_tags  /api/project/{id}/runner_tags
  internalRunnerRoutes, //  /api/internal/runners
  signingKeyRoutes, //      /api/signing-key
  recoveryRoutes, //        /api/recovery
  appRoutes, //             /api/apps
  optionRoutes, //          /api/options  /api/user/options
  openTaskRoutes, //        /api/tasks
  projectRoutes, //         /api/projects  /api/project/{id}
  projectUserRoutes, //     /api/project/{id}/users  /api/project/{id}/me
  backupRoutes, //          /api/project/{id}/backup  /api/projects/restore
  keyRoutes, //             /api/project/{id}/keys
  repositoryRoutes, //      /api/project/{id}/repositories
  inventoryRoutes, //       /api/project/{id}/inventory
  environmentRoutes, //     /api/project/{id}/environment
  templateRoutes, //        /api/project/{id}/templates
  templateTaskRoutes, //    /api/project/{id}/templates/{id}/tasks  stop_all_tasks
  viewRoutes, //            /api/project/{id}/views
  scheduleRoutes, //        /api/project/{id}/schedules  /api/project/{id}/templates/{id}/schedules
  integrationRoutes, //     /api/project/{id}/integrations  aliases
  integrationPartRoutes, // /api/project/{id}/integrations/{id}/matchers  values
  integrationReceiver, //   /api/integrations/{alias}
  taskRoutes, //            /api/project/{id}/tasks
  taskArtifactRoutes, //    /api/project/{id}/tasks/{id}/artifacts
  taskExplainRoutes, //     /api/project/{id}/tasks/{id}/explain
  taskLineRoutes, //        /api/project/{id}/tasks/{id}/lines
  taskStatsRoutes, //       /api/project/{id}/stats
  taskLogRoutes, //         /api/project/{id}/tasks/{id}/output  raw_output  stream
  webhookRoutes, //         /api/project/{id}/webhooks
  webhookDeliveryRoutes, // /api/project/{id}/webhooks/{id}/deliveries  test  /api/runners/{id}/deliveries
]
