/** The controls that forms are made of, each with its label, a hint, and what is wrong below it. */
import type { Signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import type { Choice } from './choice.ts'

interface Shared {
  label: string
  hint?: string | undefined
  wrong?: string | undefined
  required?: boolean
  disabled?: boolean
}

interface FieldProps extends Shared {
  value: Signal<string>
  type?: 'text' | 'password' | 'datetime-local'
  /** Phones show digits. */
  numeric?: boolean
  autocomplete?: string
  placeholder?: string
  /** What may be chosen instead of being typed. */
  suggestions?: readonly string[]
  /** As many lines; absent = a single one. */
  lines?: number
  /** Nobody shall read it over a shoulder. */
  masked?: boolean
}

export function Field({
  value,
  type = 'text',
  numeric = false,
  autocomplete = 'off',
  placeholder = '',
  suggestions = [],
  lines,
  masked = false,
  ...shared
}: FieldProps) {
  const id = useId()
  const control = {
    ...attributesOf(id, shared),
    value: value.value,
    autocomplete,
    placeholder,
    spellcheck: false,
    onInput: (event: { currentTarget: { value: string } }) => {
      value.value = event.currentTarget.value
    },
  }
  return (
    <Frame id={id} {...shared}>
      {lines ? (
        <textarea {...control} rows={lines} class={masked ? 'masked' : undefined} />
      ) : (
        <input
          {...control}
          type={type as 'text'}
          {...(numeric && { inputMode: 'numeric' })}
          {...(suggestions.length > 0 && { list: `${id}-list` })}
        />
      )}
      {suggestions.length > 0 && (
        <datalist id={`${id}-list`}>
          {suggestions.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
    </Frame>
  )
}

interface SelectProps extends Shared {
  value: Signal<string>
  choices: readonly Choice[]
}

export function Select({ value, choices, ...shared }: SelectProps) {
  const id = useId()
  return (
    <Frame id={id} {...shared}>
      <select
        {...attributesOf(id, shared)}
        value={value.value}
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

export function Flag({ value, label, hint, wrong, disabled }: Shared & { value: Signal<boolean> }) {
  const id = useId()
  return (
    <div class="field flag">
      <label>
        <input
          {...attributesOf(id, { hint, wrong, disabled: disabled ?? false })}
          type="checkbox"
          checked={value.value}
          onChange={(event) => {
            value.value = event.currentTarget.checked
          }}
        />
        <span>{label}</span>
      </label>
      <More id={id} hint={hint} wrong={wrong} />
    </div>
  )
}

function attributesOf(id: string, { hint, wrong, required, disabled }: Omit<Shared, 'label'>) {
  return {
    id,
    required: required ?? false,
    disabled: disabled ?? false,
    'aria-invalid': wrong !== undefined,
    ...describedBy(id, { hint, wrong }),
  }
}

function Frame({
  id,
  label,
  hint,
  wrong,
  children,
}: Shared & { id: string; children: ComponentChildren }) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children}
      <More id={id} hint={hint} wrong={wrong} />
    </div>
  )
}

type Said = Pick<Shared, 'hint' | 'wrong'>

/** What is said below a field belongs to its description, not to its name. */
export function describedBy(id: string, { hint, wrong }: Said) {
  return (wrong ?? hint) ? { 'aria-describedby': `${id}-more` } : {}
}

export function More({ id, hint, wrong }: Said & { id: string }) {
  return (
    <span id={`${id}-more`} class={wrong ? 'wrong' : 'hint'}>
      {wrong ?? hint}
    </span>
  )
}
