import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startDispatcher } from '../../../server/dispatch/dispatcher.ts'
import { Station } from '../ingest/station.ts'

test('while the database is paused nothing is offered; what waited goes out at its end', async (t) => {
  const station = await Station.open(t)
  const { store, world } = station
  await station.hello(world.runner)
  const task = await station.addTask()
  await world.fillDisk()
  const offers: number[] = []
  let offered = () => {}
  const first = new Promise<void>((resolve) => {
    offered = resolve
  })
  startDispatcher({
    store,
    postbox: {
      tasks(_runner, message) {
        if (message.kind === 'offer') offers.push(message.task)
        offered()
        return true
      },
      acks: () => true,
    },
    maxParallelTasks: 0,
    clock: world.clock,
    random: () => 0,
    log: world.log,
    signal: station.signal,
  })
  await new Promise(setImmediate)
  assert.deepEqual(offers, [])
  await world.makeRoom()
  await first
  assert.deepEqual(offers, [task])
  assert.deepEqual(
    world.log.events.filter(({ event }) => event === 'dispatch failed'),
    [],
  )
})

test('D9: an offer that nobody heard is said again, however the wall clock is set meanwhile', async (t) => {
  const station = await Station.open(t)
  const { store, world } = station
  await station.hello(world.runner)
  const task = await station.addTask()
  const offers: number[] = []
  let onOffer = () => {}
  const offered = new Promise<void>((resolve) => {
    onOffer = resolve
  })
  let wake = () => {}
  let onSleep = () => {}
  let wall = 1_800_000_000_000
  startDispatcher({
    store,
    postbox: {
      tasks(_runner, message) {
        if (message.kind === 'offer') offers.push(message.task)
        onOffer()
        return true
      },
      acks: () => true,
    },
    maxParallelTasks: 0,
    clock: {
      now: () => wall,
      monotonic: () => 0,
      sleep: () =>
        new Promise((resolve) => {
          wake = resolve
          onSleep()
        }),
    },
    random: () => 0,
    log: world.log,
    signal: station.signal,
  })
  /** Resolves when it waits for the next one. */
  const look = () => {
    const over = new Promise<void>((resolve) => {
      onSleep = resolve
    })
    wake()
    return over
  }
  await offered
  wall -= 86_400_000
  await look()
  assert.deepEqual(offers, [task], 'it may have been made just before')
  await look()
  assert.deepEqual(offers, [task, task])
})
