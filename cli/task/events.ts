/** A task as it happens, from the server's event stream; a broken connection is taken up again. */
import type { IncomingMessage } from 'node:http'
import { isFinal, type TaskStatus } from '../../broker/states.ts'
import { backoff } from '../../lib/backoff.ts'
import { systemClock } from '../../lib/clock.ts'
import { AppError } from '../../lib/errors.ts'
import type { Client } from '../client.ts'
import { pathOf, type Task } from './find.ts'

export type TaskEvent =
  | { event: 'log'; id: string; data: { output: string } }
  | { event: 'status'; data: { status: TaskStatus; reason: string | null } }

/** The server sends a comment each 15 s; after this long without one the connection is dead, ms. */
const silenceMs = 45_000

/** Every event until the task is final. @throws AppError when the server refuses */
export async function* eventsOf(
  client: Client,
  task: Pick<Task, 'project_id' | 'id'>,
): AsyncGenerator<TaskEvent> {
  let last = ''
  for (let tries = 0; ; tries += 1) {
    try {
      const headers: Record<string, string> = last === '' ? {} : { 'last-event-id': last }
      const message = await client.stream(`${pathOf(task)}/stream`, headers)
      for await (const event of parseEvents(message)) {
        tries = 0
        if (event.event === 'log') last = event.id
        yield event
        if (event.event === 'status' && isFinal(event.data.status)) return
      }
    } catch (error) {
      if (error instanceof AppError && error.code !== 'unavailable') throw error
      if (tries === 0 && last === '' && error instanceof AppError) throw error
    }
    await systemClock.sleep(backoff(tries, { first: 1000, cap: 15_000, random: Math.random }))
  }
}

/** Server-sent events as the HTML standard writes them: fields, then an empty line. */
async function* parseEvents(message: IncomingMessage): AsyncGenerator<TaskEvent> {
  message.setTimeout(silenceMs, () => message.destroy(new Error('the server fell silent')))
  message.setEncoding('utf8')
  let held = ''
  for await (const piece of message) {
    const blocks = (held + piece).split('\n\n')
    held = blocks.pop() as string
    for (const block of blocks) {
      const event = parseEvent(block)
      if (event !== undefined) yield event
    }
  }
}

function parseEvent(block: string): TaskEvent | undefined {
  const fields: Record<string, string> = {}
  for (const line of block.split('\n')) {
    const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? []
    if (name !== undefined) fields[name] = value ?? ''
  }
  const { event, id = '', data } = fields
  if (data === undefined || (event !== 'log' && event !== 'status')) return undefined
  return { event, id, data: JSON.parse(data) } as TaskEvent
}
