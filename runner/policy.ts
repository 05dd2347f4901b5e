/** The owner's policy file, read once at the start. */
import { existsSync, statSync } from 'node:fs'
import Type from 'typebox'
import { check } from '../lib/config/check.ts'
import { readSource } from '../lib/config/read.ts'
import { AppError } from '../lib/errors.ts'
import type { Policy } from './job/policy.ts'

const { Array: List, Literal, Object: Shape, Optional, String: Text, Union } = Type

/** docs/configuration.md says what each means. */
export const PolicyFile = Shape({
  repositories: Optional(List(Text({ minLength: 1 }))),
  apps: Optional(List(Text({ minLength: 1 }))),
  templates: Optional(List(Text({ minLength: 1 }))),
  arguments: Optional(
    Union([Literal('any'), Literal('template'), Literal('none')], {
      description: '"any", "template" or "none"',
    }),
  ),
})

/**
 * undefined: there is none, and the server may ask for anything.
 * @throws ConfigError that names every mistake; AppError `config` if others may change the file
 */
export function loadPolicy(file: string | undefined): Policy | undefined {
  if (file === undefined) return undefined
  if (!existsSync(file)) {
    throw new AppError('config', `runner.policy_file: expected a file, got none at ${file}`)
  }
  const source = readSource({ configFile: file, role: 'runner', env: {} })
  const { value, warnings } = check(PolicyFile, source)
  const [first] = warnings
  // A word of Semaphore's own file: here it would do nothing, and that must not go unseen.
  if (first !== undefined) throw new AppError('config', `${file}: ${first}`)
  if (process.platform !== 'win32' && (statSync(file).mode & 0o022) !== 0) {
    throw new AppError('config', `${file}: expected a file that only its owner may change`, {
      fix: `run: chmod go-w ${file}`,
    })
  }
  return value
}
