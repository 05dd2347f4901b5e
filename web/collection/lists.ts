/** What a project has, by the name that the API has for it. */
import { computed } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import { type Live, useLive } from '../api/live.ts'
import type { Environment, Inventory, Key, Repository, Template } from '../api/records.ts'

export interface Kinds {
  keys: Key
  repositories: Repository
  inventory: Inventory
  environment: Environment
  templates: Template
  runner_tags: { tag: string; number_of_runners: number }
}
export type Lists<K extends keyof Kinds> = { [Name in K]: Kinds[Name][] }

/** @param names the same ones at every call */
export function useLists<K extends keyof Kinds>(
  project: number,
  names: readonly K[],
): Live<Lists<K>> {
  const lives = names.map((name) => useLive<Kinds[K][]>(`/api/project/${project}/${name}`))
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
