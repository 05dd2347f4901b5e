/** The badge of a state: a shape, a word, and only then a colour. The same everywhere. */
import type { ComponentChildren } from 'preact'
import type { Runner } from '../api/records.ts'
import type { Task, TaskStatus } from '../api/task-records.ts'
import { Lasted, localTime } from './time.tsx'

export type Tone = 'go' | 'run' | 'wait' | 'fail' | 'dark' | 'off'

const shapes = {
  ring: 'M6 1.5A4.5 4.5 0 0 1 10.5 6',
  tick: 'M2 6.5l2.6 2.7L10 3.4',
  cross: 'M2.6 2.6l6.8 6.8M9.4 2.6L2.6 9.4',
  dash: 'M2 6h1.4M5.3 6h1.4M8.6 6H10',
  square: 'M3.4 3.4h5.2v5.2H3.4z',
  dot: 'M6 6h.01',
  dashes: 'M6 1.6a4.4 4.4 0 1 1-.01 0',
}
type Shape = keyof typeof shapes

export function Shape({ shape }: { shape: Shape }) {
  const width = shape === 'dot' ? 7 : 2
  return (
    <svg
      viewBox="0 0 12 12"
      fill="none"
      stroke="currentColor"
      stroke-width={width}
      stroke-linecap="round"
      aria-hidden="true"
    >
      {shape === 'ring' && <circle cx="6" cy="6" r="4.5" stroke-opacity=".3" />}
      <path d={shapes[shape]} stroke-dasharray={shape === 'dashes' ? '0.2 4.4' : undefined} />
    </svg>
  )
}

export function State(props: { tone: Tone; shape: Shape; children: ComponentChildren }) {
  return (
    <span class={`state ${props.tone}`}>
      <Shape shape={props.shape} />
      {props.children}
    </span>
  )
}

const taskStates: Record<TaskStatus, [Tone, Shape, word: string]> = {
  waiting: ['wait', 'dashes', 'Waiting'],
  starting: ['run', 'ring', 'Starting'],
  running: ['run', 'ring', 'Running'],
  unreachable: ['dark', 'dash', 'Unreachable'],
  waiting_confirmation: ['wait', 'dashes', 'Confirm'],
  confirmed: ['run', 'ring', 'Confirmed'],
  rejected: ['off', 'square', 'Rejected'],
  stopping: ['off', 'square', 'Stopping'],
  success: ['go', 'tick', 'Success'],
  error: ['fail', 'cross', 'Failed'],
  stopped: ['off', 'square', 'Stopped'],
}

export const wordOf = (status: TaskStatus) => taskStates[status][2]

/** Of one whose runner says nothing also for how long. */
export function TaskState({ task }: { task: Pick<Task, 'status' | 'unreachable_since'> }) {
  const [tone, shape, word] = taskStates[task.status]
  const since = task.unreachable_since
  const state = (
    <State tone={tone} shape={shape}>
      {word}
    </State>
  )
  if (since === null) return state
  return (
    <span class="row">
      {state}
      <span class="small dim" title={`since ${localTime(since)}`}>
        for <Lasted from={since} to={null} />
      </span>
    </span>
  )
}

type StateOfRunner = Pick<Runner, 'status' | 'active' | 'touched' | 'running_tasks'>

export function RunnerState({ runner }: { runner: StateOfRunner }) {
  if (runner.status === 'online' && !runner.active) {
    return (
      <State tone="off" shape="square">
        {runner.running_tasks > 0 ? 'Draining' : 'Paused'}
      </State>
    )
  }
  if (runner.status === 'online' && runner.running_tasks > 0) {
    return (
      <State tone="run" shape="ring">
        Busy
      </State>
    )
  }
  if (runner.status === 'online')
    return (
      <State tone="go" shape="dot">
        Online
      </State>
    )
  if (runner.touched === null)
    return (
      <State tone="wait" shape="dashes">
        Never seen
      </State>
    )
  return (
    <State tone="dark" shape="dash">
      Offline
    </State>
  )
}
