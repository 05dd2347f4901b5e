/** What a project has, by the name that the API has for it. */
import { computed } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import { type Live, useLive } from '../api/live.ts'
import type { News } from '../api/news.ts'
import type {
  App,
  Environment,
  Inventory,
  Key,
  Repository,
  Schedule,
  Template,
  TemplateView,
} from '../api/records.ts'

export interface Kinds {
  keys: Key
  repositories: Repository
  inventory: Inventory
  environment: Environment
  templates: Template
  schedules: Schedule
  views: TemplateView
  /** Of the whole server. */
  apps: App
  runner_tags: { tag: string; number_of_runners: number }
}
export type Lists<K extends keyof Kinds> = { [Name in K]: Kinds[Name][] }

/**
 * @param names the same ones at every call
 * @param concerns whether some news makes them old
 */
export function useLists<K extends keyof Kinds>(
  project: number,
  names: readonly K[],
  concerns?: (news: News) => boolean,
): Live<Lists<K>> {
  const lives = names.map((name) =>
    useLive<Kinds[K][]>(
      name === 'apps' ? '/api/apps' : `/api/project/${project}/${name}`,
      concerns,
    ),
  )
  return useMemo(
    () => ({
      data: computed(() => {
        const all = lives.map(({ data }) => data.value)
        if (all.includes(undefined)) return undefined
        return Object.fromEntries(names.map((name, index) => [name, all[index]])) as Lists<K>
      }),
      error: computed(() => lives.map(({ error }) => error.value).find(Boolean)),
      again: () => {
        for (const { again } of lives) again()
      },
    }),
    [],
  )
}

export const nameIn = (all: readonly { id: number; name: string }[], id: number | null) =>
  all.find((one) => one.id === id)?.name ?? '–'
