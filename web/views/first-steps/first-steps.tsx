/** The path of an empty server to its first green task: each step is checked off as soon as it is true. */
import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { useLive } from '../../api/live.ts'
import type { App, Named, Runner, Template } from '../../api/records.ts'
import type { Task } from '../../api/task-records.ts'
import { Button } from '../../parts/button.tsx'
import { Page, Sheet } from '../../parts/page.tsx'
import { Shape } from '../../parts/state.tsx'
import { project, projects, user } from '../../shell/session.ts'
import { AddRunner } from '../runners/add-runner.tsx'
import { RunDialog } from '../tasks/run-dialog.tsx'
import { NewProject, NewRepository, NewTemplate } from './forms.tsx'

export default function FirstSteps() {
  const id = project.value?.id
  const path = id === undefined ? undefined : `/api/project/${id}`
  const apps = useLive<App[]>('/api/apps')
  const repositories = useLive<Named[]>(path && `${path}/repositories`)
  const templates = useLive<Template[]>(path && `${path}/templates`)
  const runners = useLive<Runner[]>(
    user.value?.admin ? '/api/runners' : undefined,
    ({ runners }) => runners.length > 0,
  )
  const tasks = useLive<Task[]>(path && `${path}/tasks/last`, ({ tasks }) => tasks.length > 0)
  const adding = useSignal(false)
  const running = useSignal(false)
  const any = (live: { data: { value: unknown[] | undefined } }) =>
    (live.data.value?.length ?? 0) > 0
  const online = runners.data.value?.some(({ status }) => status === 'online') ?? false
  const green = tasks.data.value?.find(({ status }) => status === 'success')
  const steps: Step[] = [
    {
      name: 'A project',
      why: 'holds what belongs together, and says who may run it.',
      done: projects.value.length > 0,
      content: <NewProject />,
    },
    {
      name: 'A repository',
      why: 'is where playbooks and scripts are. The runner fetches it.',
      done: any(repositories),
      content: path && <NewRepository path={path} onDone={repositories.again} />,
    },
    {
      name: 'A template',
      why: 'says what to run of it.',
      done: any(templates),
      content: path && apps.data.value && (
        <NewTemplate
          path={path}
          apps={apps.data.value}
          repositories={repositories.data.value ?? []}
          onDone={templates.again}
        />
      ),
    },
    {
      name: 'A runner',
      why: 'does the work, on a machine that only connects out.',
      done: online,
      content: (
        <div>
          <Button
            kind="first"
            onClick={() => {
              adding.value = true
            }}
          >
            Add a runner
          </Button>
        </div>
      ),
    },
    {
      name: 'A green task',
      why: 'is one run of the template.',
      done: green !== undefined,
      content: (
        <div>
          <Button
            kind="first"
            onClick={() => {
              running.value = true
            }}
          >
            Run it
          </Button>
        </div>
      ),
    },
  ]
  return (
    <Page title="First steps" tab="First steps" crumb="From here to the first green task">
      <Steps of={steps} />
      {green && (
        <p class="note go">
          <Shape shape="tick" />
          <span>
            That was all.{' '}
            <a href={`/project/${green.project_id}/tasks/${green.id}`}>See the task</a>
          </span>
        </p>
      )}
      {adding.value && (
        <AddRunner
          base="/api/runners"
          runners={runners}
          onClose={() => {
            adding.value = false
          }}
        />
      )}
      {running.value && id !== undefined && (
        <RunDialog
          project={id}
          onClose={() => {
            running.value = false
          }}
        />
      )}
    </Page>
  )
}

interface Step {
  name: string
  why: string
  done: boolean
  content: ComponentChildren
}

/** Only the first that is not done is open. */
function Steps({ of }: { of: Step[] }) {
  const next = of.findIndex(({ done }) => !done)
  const list = useRef<HTMLOListElement>(null)
  // The form that was looked at is gone: what is next is where one goes on.
  useEffect(() => {
    list.current?.children[next]?.querySelector<HTMLElement>('input, button')?.focus()
  }, [next])
  return (
    <ol class="stack" ref={list}>
      {of.map(({ name, why, done, content }, index) => (
        <li key={name}>
          <Sheet>
            <div class="body stack">
              <div class="row">
                <span class={`state ${done ? 'go' : index === next ? 'run' : 'off'}`}>
                  {done ? <Shape shape="tick" /> : index + 1}
                  <span class="unseen">{done ? 'done: ' : ''}</span>
                </span>
                <div class="row told rest">
                  <h2>{name}</h2>
                  <span class="dim">{why}</span>
                </div>
              </div>
              {index === next && content}
            </div>
          </Sheet>
        </li>
      ))}
    </ol>
  )
}
