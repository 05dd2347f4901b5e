/** Fields of forms. What the server finds wrong stands below the field that it names. */
import { type Signal, useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { ApiError } from '../api/client.ts'
import { Button } from './button.tsx'

interface Shared {
  label: string
  value: Signal<string>
  hint?: string
  wrong?: string | undefined
  required?: boolean
}

interface FieldProps extends Shared {
  type?: 'text' | 'password' | 'number'
  autocomplete?: string
  /** As many lines; absent = a single one. */
  lines?: number
}

export function Field({
  label,
  value,
  hint,
  wrong,
  required,
  type = 'text',
  autocomplete = 'off',
  lines,
}: FieldProps) {
  const id = useId()
  const shared = {
    id,
    value: value.value,
    required: required ?? false,
    autocomplete,
    'aria-invalid': wrong !== undefined,
    'aria-describedby': `${id}-more`,
    onInput: (event: { currentTarget: { value: string } }) => {
      value.value = event.currentTarget.value
    },
  }
  return (
    <Frame id={id} label={label} hint={hint} wrong={wrong}>
      {lines ? (
        <textarea {...shared} rows={lines} spellcheck={false} />
      ) : (
        <input {...shared} type={type as 'text'} spellcheck={false} />
      )}
    </Frame>
  )
}

export interface Choice {
  value: string
  label: string
}

export function Select({
  label,
  value,
  hint,
  wrong,
  required,
  choices,
}: Shared & { choices: Choice[] }) {
  const id = useId()
  return (
    <Frame id={id} label={label} hint={hint} wrong={wrong}>
      <select
        id={id}
        value={value.value}
        required={required ?? false}
        aria-invalid={wrong !== undefined}
        aria-describedby={`${id}-more`}
        onChange={(event) => {
          value.value = event.currentTarget.value
        }}
      >
        {choices.map((one) => (
          <option key={one.value} value={one.value}>
            {one.label}
          </option>
        ))}
      </select>
    </Frame>
  )
}

function Frame({
  id,
  label,
  hint,
  wrong,
  children,
}: {
  id: string
  label: string
  hint?: string | undefined
  wrong?: string | undefined
  children: ComponentChildren
}) {
  return (
    <label class="field" for={id}>
      <span>{label}</span>
      {children}
      <span id={`${id}-more`} class={wrong ? 'wrong' : 'hint'}>
        {wrong ?? hint}
      </span>
    </label>
  )
}

interface FormProps {
  submit: string
  /** Rejects with an ApiError if the server refuses. */
  action: () => Promise<unknown>
  onCancel?: () => void
  /** @param wrong what the server says of the field of this name */
  children: (wrong: (field: string) => string | undefined) => ComponentChildren
  /** Fields that the form shows: an error of another is told above the buttons. */
  fields: readonly string[]
}

export function Form({ submit, action, onCancel, children, fields }: FormProps) {
  const error = useSignal<ApiError | undefined>(undefined)
  const busy = useSignal(false)
  const send = async (event: Event) => {
    event.preventDefault()
    busy.value = true
    error.value = undefined
    try {
      await action()
    } catch (thrown) {
      error.value = thrown instanceof ApiError ? thrown : new ApiError('fault', String(thrown))
    } finally {
      busy.value = false
    }
  }
  const { field, message } = error.value ?? {}
  const known = field !== undefined && fields.includes(field)
  return (
    <form class="fields" onSubmit={(event) => void send(event)}>
      {children((name) => (name === field ? message : undefined))}
      {message !== undefined && !known && (
        <p class="note fail" role="alert">
          {message}
        </p>
      )}
      <div class="buttons">
        {onCancel && <Button onClick={onCancel}>Cancel</Button>}
        <Button kind="first" type="submit" disabled={busy.value}>
          {submit}
        </Button>
      </div>
    </form>
  )
}
