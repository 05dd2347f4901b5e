/** Every setting of a configuration: what it is now, and who said so. */
import type Type from 'typebox'
import { leaves, overlay } from './environment.ts'
import { isSecret, mayHoldSecret } from './problems.ts'
import type { Source } from './read.ts'

export interface Setting {
  /** Dotted path. */
  setting: string
  /** As it counts, default or not; secrets are `***`, undefined is nothing. */
  value: unknown
  /** `FILE:LINE`, `env NAME` or `default` */
  from: string
}

/** @param config what `schema` and `source` became: the same paths, with defaults */
export function settingsOf(schema: Type.TObject, source: Source, config: object): Setting[] {
  const { value, origin } = overlay(schema, source.value, source.env)
  return [...leaves(schema)].map(([setting]) => {
    const given = at(value, setting)
    const effective = at(config, setting) ?? given
    return { setting, value: masked(setting, effective), from: fromOf(setting, given) }
  })

  function fromOf(setting: string, given: unknown): string {
    const variable = origin.get(setting)
    if (variable !== undefined) return `env ${variable}`
    if (given === undefined || given === null) return 'default'
    const line = source.lines?.get(setting)
    return line === undefined ? String(source.file) : `${source.file}:${line}`
  }
}

function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce((inner, key) => (inner as Record<string, unknown> | null | undefined)?.[key], value)
}

function masked(path: string, value: unknown): unknown {
  if (value === undefined || value === null || value === '') return undefined
  if (isSecret(path)) return '***'
  if (mayHoldSecret(path)) {
    return Object.fromEntries(Object.keys(value).map((name) => [name, '***']))
  }
  return typeof value === 'string' ? value.replace(/(?<=^\w+:\/\/)[^/@\s]+(?=@)/, '***') : value
}
