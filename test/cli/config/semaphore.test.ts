/** Every setting of Semaphore works here, or is named with the reason why it does not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Source } from '../../../lib/config/read.ts'
import { toRunnerConfig } from '../../../runner/config.ts'
import { toServerConfig } from '../../../server/config.ts'
import { honoured, idle } from './semaphore.ts'

const read = { server: toServerConfig, runner: toRunnerConfig }
const env = { STATE_DIRECTORY: '/s' }
const sources = (path: string, variable: string, value: unknown): Source[] => {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return [
    { value: path.split('.').reduceRight((inner, key) => ({ [key]: inner }), value), env },
    { value: {}, env: { ...env, [variable]: text } },
  ]
}
const at = (value: unknown, path: string) =>
  path.split('.').reduce((inner, key) => (inner as Record<string, unknown>)?.[key], value)

test('what has a meaning here is honoured, from the file and from its variable', () => {
  assert.ok(honoured.length > 50)
  for (const { role, path, variable, value, becomes } of honoured) {
    const untouched = at(read[role]({ value: {}, env }), becomes[0])
    for (const source of sources(path, variable, value)) {
      const config = read[role](source)
      assert.deepEqual(config.warnings, [], `${role} ${path}`)
      assert.deepEqual(at(config, becomes[0]), becomes[1], `${role} ${path}`)
    }
    // Else the row could not fail.
    if (path !== 'dialect') assert.notDeepEqual(untouched, becomes[1], `${role} ${path}`)
  }
})

test('what has none is named with the reason, wherever it comes from', () => {
  for (const [role, path, variable] of idle) {
    for (const [source, name] of sources(path, variable, 'x').map(
      (one, index) => [one, [path, variable][index]] as const,
    )) {
      const { warnings } = read[role](source)
      assert.equal(warnings.length, 1, `${role} ${name}`)
      const [before, reason] = String(warnings[0]).split(': of Semaphore, without effect here: ')
      assert.equal(before, name)
      assert.ok(reason)
    }
  }
})

test('settings of the other role are named in a file, and no matter in an environment', () => {
  const inFile = toServerConfig({ value: { runner: { token: 't' } }, env })
  assert.deepEqual(inFile.warnings, [
    'runner: of Semaphore, without effect here: only runners read it',
  ])
  const file = toRunnerConfig({ value: { port: '3000', tls: {} }, env })
  assert.deepEqual(file.warnings, [
    'port, tls: of Semaphore, without effect here: only the server reads it',
  ])
  const variables = { ...env, SEMAPHORE_RUNNER_NAME: 'x', SEMAPHORE_RUNNER_TOKEN: 't' }
  assert.deepEqual(toServerConfig({ value: {}, env: variables }).warnings, [])
})

test('a chroot that was asked for is a mistake, since tasks would see more than was meant', () => {
  assert.throws(() => toRunnerConfig({ value: { process: { chroot: '/jail' } }, env }), {
    code: 'config',
    message: /process\.chroot: expected nothing: there is no chroot/,
  })
})
