/** Which template, and what it asks for. */
import { type Signal, signal, useSignal } from '@preact/signals'
import { useMemo } from 'preact/hooks'
import { useLive } from '../../api/live.ts'
import type { SurveyVar, Task, Template } from '../../api/records.ts'
import { Await, Empty } from '../../parts/await.tsx'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Field, Form, Select } from '../../parts/field.tsx'
import { go } from '../../shell/router.ts'
import { api } from '../../shell/session.ts'
import { addressOf } from './table.tsx'

interface Props {
  project: number
  onClose: () => void
}

export function RunDialog({ project, onClose }: Props) {
  const templates = useLive<Template[]>(`/api/project/${project}/templates`)
  return (
    <Dialog title="Run a template" onClose={onClose}>
      <Await of={templates}>
        {(all) =>
          all.length === 0 ? (
            <Empty title="This project has no template yet">
              <p>
                A template says what to run, and from which repository. It is made over the API so
                far.
              </p>
              <Button onClick={onClose}>Close</Button>
            </Empty>
          ) : (
            <Ask project={project} templates={all} onClose={onClose} />
          )
        }
      </Await>
    </Dialog>
  )
}

function Ask({ project, templates, onClose }: Props & { templates: Template[] }) {
  const chosen = useSignal(String(templates[0]?.id))
  const message = useSignal('')
  const branch = useSignal('')
  const template = templates.find(({ id }) => String(id) === chosen.value)
  const survey = template?.survey_vars ?? []
  const answers = useMemo(
    () => new Map(survey.map(({ name, default_value }) => [name, signal(default_value ?? '')])),
    [template],
  )
  const run = async () => {
    const task = await api.post<Task>(`/api/project/${project}/tasks`, {
      template_id: Number(chosen.value),
      message: message.value,
      ...(branch.value && { git_branch: branch.value }),
      ...answersOf(survey, answers),
    })
    go(addressOf(task))
  }
  return (
    <Form
      submit="Run"
      fields={['template_id', 'message', 'git_branch']}
      action={run}
      onCancel={onClose}
    >
      {(wrong) => (
        <>
          <Select
            label="Template"
            value={chosen}
            wrong={wrong('template_id')}
            choices={templates.map(({ id, name, app }) => ({
              value: String(id),
              label: `${name} (${app})`,
            }))}
          />
          {survey.map((question) => (
            <Answer
              key={`${chosen.value} ${question.name}`}
              question={question}
              value={answers.get(question.name)}
            />
          ))}
          {template?.allow_override_branch_in_task && (
            <Field
              label="Branch"
              value={branch}
              wrong={wrong('git_branch')}
              hint="Empty = the template's"
            />
          )}
          <Field
            label="Message"
            value={message}
            wrong={wrong('message')}
            hint="For others: why you run it"
          />
        </>
      )}
    </Form>
  )
}

function Answer({ question, value }: { question: SurveyVar; value: Signal<string> | undefined }) {
  if (value === undefined) return null
  const { name, title, description, type, required, values } = question
  const shared = {
    label: title || name,
    value,
    required: required ?? false,
    ...(description && { hint: description }),
  }
  if (type === 'enum') {
    const choices = (values ?? []).map(({ name, value }) => ({ value, label: name }))
    return (
      <Select {...shared} choices={required ? choices : [{ value: '', label: '–' }, ...choices]} />
    )
  }
  return <Field {...shared} type={type === 'secret' ? 'password' : 'text'} />
}

/** Secrets go their own way: they are shown nowhere again. */
function answersOf(survey: SurveyVar[], answers: Map<string, Signal<string>>) {
  const given = survey.flatMap(({ name, type }) => {
    const text = answers.get(name)?.value ?? ''
    return text === '' ? [] : [{ name, type, value: type === 'int' ? Number(text) : text }]
  })
  const textOf = (secret: boolean) =>
    JSON.stringify(
      Object.fromEntries(
        given
          .filter(({ type }) => (type === 'secret') === secret)
          .map(({ name, value }) => [name, value]),
      ),
    )
  return { environment: textOf(false), secret: textOf(true) }
}
