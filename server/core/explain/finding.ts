/** What is found out about a task: one sentence for a person, and for programs what it is about. */

/** Every code, and what it means. docs/explain.md lists the same. */
export const findingCodes = {
  'server-trouble': 'the server itself cannot work: its disk or its broker fails',
  'no-runner': 'no runner may take it: none serves the project, or none has the tag',
  'runner-inactive': 'a runner that may take it is switched off',
  'runner-offline': 'a runner that may take it is offline',
  'runner-pauses': 'a runner that may take it takes nothing for now',
  'template-busy': 'the template runs one task at a time',
  'project-limit': 'the project has as many tasks at once as it may',
  'server-limit': 'the server has as many tasks at once as it may',
  'runner-full': 'a runner that may take it has no free slot',
  queue: 'other tasks are before it',
  next: 'nothing stands in its way',
  returned: 'it was handed out before and came back',
  offered: 'it is offered to a runner, which has not answered yet',
  claimed: 'a runner has it and prepares it',
  running: 'it runs',
  'runner-away': 'it runs on a runner that is offline',
  unreachable: 'its runner says nothing',
  grace: 'what becomes of it if its runner stays away',
  stopping: 'its runner is ending it',
  'stop-pending': 'a stop waits for a runner that is away',
  confirmation: 'it waits for a person',
  review: 'the database was put back from a backup, and a person is to decide',
  'log-behind': 'a part of its log is still on the runner, as of when that was last heard',
  deadline: 'when it is ended for having run too long',
  'runner-alarm': 'something is odd with its runner',
  ended: 'how and why it ended',
  evidence: 'an attempt that was given up reported after all',
  'webhook-pending': 'a webhook is not delivered yet',
  'webhook-failed': 'a webhook was given up',
} as const

export type FindingCode = keyof typeof findingCodes

export interface Finding {
  code: FindingCode
  /** A sentence, without full stop; its times are ISO 8601 in UTC. */
  text: string
  /** ms since the epoch: since when it is so, and when it changes by itself. */
  since?: number | undefined
  until?: number | undefined
  /** The runner that it is about. */
  runner?: number
  /** The other task that it is about. */
  task?: number
}
