import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextVersion } from '../../../server/core/build-version.ts'

test('the last number of the start version counts up', () => {
  for (const [start, last, next] of [
    ['1.0.0', undefined, '1.0.0'],
    ['1.0.0', '1.0.0', '1.0.1'],
    ['1.0.0', '1.0.9', '1.0.10'],
    ['v7', 'v7', 'v8'],
    ['7', '12', '13'],
    ['1.2.3-beta', '1.2.3-beta', '1.2.4-beta'],
    ['build-007', 'build-007', 'build-008'],
    ['build-007', 'build-999', 'build-1000'],
    ['1.0.20', '1.0.3', '1.0.20'],
    ['2.0.0', '1.0.41', '2.0.0'],
    ['nightly', 'nightly', 'nightly'],
    ['', undefined, ''],
    ['', '1', ''],
    ['1.0.0', '1.0.x', '1.0.0'],
    ['1.0.0', '1.0.99999999999999999999', '1.0.0'],
    ['ab1b', 'ab', 'ab1b'],
  ] as const) {
    assert.equal(nextVersion(start, last), next, `${start} after ${last}`)
  }
})
