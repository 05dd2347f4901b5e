import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  type Admission,
  type Bearer,
  type Bearers,
  type Circumstances,
  clonedText,
  decideHolder,
  nameOf,
} from '../../../server/core/holder.ts'

/** A process in a place of its own; `pump-1 2` is the next process in the place of `pump-1`. */
function bearer(name: string): Bearer {
  const [host = ''] = name.split(' ')
  return { boot: name, installation: `i ${host}`, place: `p ${host}`, host, address: null }
}

/** One that does not tell where it is, like a runner of another make. */
function unnamed(boot: string): Bearer {
  return { boot, installation: null, place: null, host: null, address: null }
}

const idle: Circumstances = { alive: true, cloned: false, holds: 0, unlisted: 0 }
const busy: Circumstances = { ...idle, holds: 1, unlisted: 1 }
const gone: Circumstances = { ...busy, alive: false }

/** Hellos one after the other. */
class Row {
  #bearers: Bearers = { holder: null, rival: null }

  hears(who: string | Bearer, circumstances = idle): Admission {
    const said = typeof who === 'string' ? bearer(who) : who
    const admission = decideHolder(said, this.#bearers, circumstances)
    this.#bearers = admission
    return admission
  }
}

/** Whether each hello was admitted, and whether it showed a clone. */
function told(...admissions: Admission[]): string[] {
  return admissions.map(({ admitted, cloned, moved }) =>
    [admitted ? 'in' : 'out', moved && 'moved', cloned && 'cloned'].filter(Boolean).join(' '),
  )
}

test('the first is let in, and so is the same process and the next one in its place', () => {
  const row = new Row()
  const hellos = [row.hears('a'), row.hears('a', busy), row.hears('a 2', busy)]
  assert.deepEqual(told(...hellos), ['in', 'in', 'in'])
})

test('who runs something and was heard of late keeps the runner; its return shows the clone', () => {
  const row = new Row()
  const hellos = [row.hears('a'), row.hears('b', busy), row.hears('a', busy), row.hears('b', busy)]
  assert.deepEqual(told(...hellos), ['in', 'out', 'in cloned', 'out cloned'])
})

test('a clone that asks again and again shows nothing while the holder is not back', () => {
  const row = new Row()
  const hellos = [row.hears('a'), row.hears('b', busy), row.hears('b', busy)]
  assert.deepEqual(told(...hellos), ['in', 'out', 'out'])
})

test('a machine that is replaced: the new one waits for the lease, then has the runner', () => {
  const row = new Row()
  const hellos = [
    row.hears('old'),
    row.hears('new', busy),
    row.hears('new', gone),
    row.hears('new', busy),
    row.hears('new 2', busy),
  ]
  assert.deepEqual(told(...hellos), ['in', 'out', 'in moved', 'in', 'in'])
})

test('one that runs nothing gives way at once, as a container does that is made anew', () => {
  const row = new Row()
  assert.deepEqual(told(row.hears('old'), row.hears('new'), row.hears('new')), [
    'in',
    'in moved',
    'in',
  ])
})

test('two that run nothing do not take turns for ever: who comes back is declined', () => {
  const row = new Row()
  const hellos = [row.hears('a'), row.hears('b'), row.hears('a'), row.hears('b'), row.hears('a')]
  assert.deepEqual(told(...hellos), ['in', 'in moved', 'out cloned', 'in cloned', 'out cloned'])
})

test('when the other one is gone the clone that was declined takes over', () => {
  const row = new Row()
  row.hears('a')
  row.hears('b')
  row.hears('a')
  assert.deepEqual(told(row.hears('a', { ...idle, alive: false })), ['in moved'])
})

test('a holder that has a clone keeps its attempts beyond its lease: its link may be down', () => {
  const row = new Row()
  row.hears('a')
  row.hears('b', busy)
  assert.deepEqual(told(row.hears('b', { ...gone, cloned: true })), ['out'])
  assert.deepEqual(told(row.hears('b', gone)), ['in moved'], 'the alarm was cleared by hand')
})

test('a copy of the journal lists what the original runs, and is declined all the same', () => {
  const row = new Row()
  row.hears('a')
  assert.deepEqual(told(row.hears('b', { ...busy, unlisted: 0 })), ['out'])
})

describe('runners that do not tell where they are', () => {
  test('are let in after a restart, if they list what they have', () => {
    const row = new Row()
    const restarted = { ...busy, unlisted: 0 }
    assert.deepEqual(told(row.hears(unnamed('1')), row.hears(unnamed('2'), restarted)), [
      'in',
      'in',
    ])
  })

  test('wait for the lease if they do not: it may be a clone', () => {
    const row = new Row()
    const hellos = [
      row.hears(unnamed('1')),
      row.hears(unnamed('2'), busy),
      row.hears(unnamed('1'), busy),
      row.hears(unnamed('2'), { ...gone, cloned: false }),
    ]
    assert.deepEqual(told(...hellos), ['in', 'out', 'in cloned', 'out cloned'])
    const other = new Row()
    assert.deepEqual(told(other.hears(unnamed('1')), other.hears(unnamed('2'), gone)), ['in', 'in'])
  })
})

test('the alarm names both, and tells a copy from a second installation', () => {
  const a: Bearer = { ...bearer('pump-1'), address: '10.0.0.7' }
  assert.equal(nameOf(a), 'pump-1 (10.0.0.7)')
  assert.equal(
    clonedText(a, bearer('pump-2')),
    'two installations use its token: pump-1 (10.0.0.7) and pump-2; stop one of them, or register it anew',
  )
  const copy: Bearer = { ...a, place: 'elsewhere', address: '10.0.0.8' }
  assert.match(
    clonedText(a, copy),
    /^copies of one installation run: pump-1 \(10.0.0.7\) and pump-1/,
  )
})
