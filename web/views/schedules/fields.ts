import type { Repository, Template } from '../../api/records.ts'
import { among, choicesOf, type Look, type Section } from '../../form/fields.ts'

const isOnce = (look: Look) => look('type') === 'run_at'
const isRepeated = (look: Look) => !isOnce(look)

/** When a schedule runs, and of which template. */
export const whenSection = (
  templates: readonly Template[],
  repositories: readonly Repository[],
): Section => ({
  fields: [
    {
      name: 'template_id',
      label: 'Template',
      kind: 'id',
      required: true,
      half: true,
      choices: among(templates),
    },
    { name: 'name', label: 'Name', hint: "Empty = the template's", kind: 'text', half: true },
    {
      name: 'type',
      label: 'Runs',
      kind: 'choice',
      half: true,
      choices: choicesOf({ '': 'Again and again', run_at: 'Once' }),
    },
    {
      name: 'timezone',
      label: 'Time zone',
      hint: "Empty = the server's",
      kind: 'text',
      half: true,
      suggestions: Intl.supportedValuesOf('timeZone'),
      when: isRepeated,
    },
    {
      name: 'cron_format',
      label: 'Cron format',
      hint: 'Minute, hour, day, month, day of the week; or @hourly, @daily, @weekly, @monthly, @yearly',
      kind: 'text',
      start: '0 3 * * *',
      required: true,
      when: isRepeated,
    },
    {
      name: 'run_at',
      label: 'At',
      hint: 'By your clock',
      kind: 'time',
      required: true,
      half: true,
      when: isOnce,
    },
    {
      name: 'repository_id',
      label: 'Only for a new commit of',
      hint: 'Of its branch, since the last task',
      kind: 'id',
      half: true,
      choices: among(repositories, 'Nothing: each time counts'),
      when: isRepeated,
    },
    { name: 'active', label: 'Active', kind: 'flag', start: true, half: true },
    {
      name: 'run_missed',
      label: 'Make up for what was missed',
      hint: 'Once, when the server is back',
      kind: 'flag',
      start: true,
      half: true,
    },
    {
      name: 'delete_after_run',
      label: 'Delete it afterwards',
      kind: 'flag',
      half: true,
      when: isOnce,
    },
  ],
})
