/** Who may run a template, for how long, and what becomes of a task whose runner is not heard of. */
import type { Lists } from '../../collection/lists.ts'
import { runnerTag } from '../../collection/runner-tag.ts'
import { choicesOf, type FieldSpec, type Look } from '../../form/fields.ts'
import { flag } from './flag.ts'

const requeues = (look: Look) => look('silence_policy') === 'requeue'

export const running = ({ runner_tags }: Lists<'runner_tags'>): FieldSpec[] => [
  runnerTag(runner_tags, 'Only a runner with this tag; empty = any that needs none'),
  {
    name: 'max_task_duration_sec',
    label: 'Longest time, seconds',
    hint: "Empty = the server's; 0 = for ever",
    kind: 'number',
    half: true,
  },
  {
    name: 'silence_policy',
    label: 'When its runner falls silent',
    kind: 'choice',
    start: 'fail',
    half: true,
    choices: choicesOf({
      fail: 'The task fails',
      wait: 'It waits, however long',
      requeue: 'Another runner does it again',
    }),
  },
  {
    name: 'silence_grace_sec',
    label: 'After so many seconds',
    hint: "Empty = the server's",
    kind: 'number',
    half: true,
    when: (look) => look('silence_policy') !== 'wait',
  },
  flag('idempotent', 'It may be run twice without harm', {
    hint: 'Otherwise no other runner does it again: the first may have begun.',
    when: requeues,
  }),
  {
    name: 'max_requeues',
    label: 'Again at most, times',
    kind: 'number',
    start: 1,
    required: true,
    half: true,
    when: requeues,
  },
  flag('allow_parallel_tasks', 'Several at the same time', { start: true }),
  flag('secrets_in_arguments', 'Secrets on the command line', {
    hint: "As Semaphore does it: every user of the runner's machine can read them.",
  }),
]
