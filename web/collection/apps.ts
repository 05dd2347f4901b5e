/** What runs a template. */
import type { App } from '../api/records.ts'
import type { Choice } from '../parts/choice.ts'

/**
 * Those that are switched on.
 * @param named by the template: it stays on offer, whatever has become of it
 */
export function appChoices(apps: readonly App[], named?: string): Choice[] {
  const choices = apps
    .filter(({ id, active }) => active || id === named)
    .map(({ id, title, active }) => ({
      value: id,
      label: active ? title : `${title} (switched off)`,
    }))
  if (named === undefined || apps.some(({ id }) => id === named)) return choices
  return [...choices, { value: named, label: named }]
}

/** What a new template is most likely to be run by. */
export const usualApp = (apps: readonly App[]) =>
  apps.find(({ id, active }) => active && id === 'ansible') ?? apps.find(({ active }) => active)

/** Its templates name a folder, and it plans before it changes anything. */
export const isTerraform = (app: string) => ['terraform', 'tofu', 'terragrunt'].includes(app)
