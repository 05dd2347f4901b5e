/** A form drawn from data, on a page or in a dialog. */
import type { ComponentChildren } from 'preact'
import { useId, useRef } from 'preact/hooks'
import { Button } from '../parts/button.tsx'
import { Confirm, Dialog } from '../parts/dialog.tsx'
import { describedBy } from '../parts/field.tsx'
import { lookIn } from './draft.ts'
import { Fields } from './draw.tsx'
import type { Look, Section } from './fields.ts'
import { type FormOrder, type FormState, isShown, useForm } from './use-form.ts'

interface Drawn {
  /** What the button says. */
  submit: string
  onCancel?: (() => void) | undefined
  /** Stays in sight at the foot of a long form. */
  long?: boolean | undefined
  /** Between the fields and the buttons: what follows from what is filled in. */
  children?: ((look: Look) => ComponentChildren) | undefined
}

export function Form<Saved>({
  submit,
  onCancel,
  long,
  children,
  ...order
}: FormOrder<Saved> & Drawn) {
  const form = useForm(order)
  const drawn = { submit, onCancel, long, children }
  return <FormBody form={form} {...drawn} />
}

interface DialogProps<Saved> extends FormOrder<Saved>, Pick<Drawn, 'submit' | 'children'> {
  title: string
  broad?: boolean
  onClose: () => void
}

/**
 * Saving closes it, unless `onSaved` has other plans; Escape and Cancel do, too, after a question if
 * something was changed.
 */
export function FormDialog<Saved>({
  title,
  broad,
  submit,
  children,
  onClose,
  ...order
}: DialogProps<Saved>) {
  const form = useForm({ onSaved: onClose, ...order })
  return (
    <Dialog
      title={title}
      broad={broad ?? false}
      onClose={onClose}
      onEscape={() => form.leave(onClose)}
    >
      <FormBody form={form} submit={submit} onCancel={onClose} children={children} />
    </Dialog>
  )
}

function FormBody({ form, submit, onCancel, long, children }: Drawn & { form: FormState }) {
  const element = useRef<HTMLFormElement>(null)
  const send = async (event: Event) => {
    event.preventDefault()
    if (await form.submit()) return
    // Once what is wrong is drawn.
    requestAnimationFrame(() => showFault(element.current))
  }
  return (
    <form
      ref={element}
      class={`fields${long ? ' long' : ''}`}
      noValidate
      onSubmit={(event) => void send(event)}
      onKeyDown={(event) => {
        // In a text of many lines Enter alone is a new line.
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void send(event)
      }}
    >
      {form.sections.map(
        (section, index) =>
          isShown(section, form.draft) && (
            <Part key={section.title ?? index} section={section} form={form} />
          ),
      )}
      {children?.(lookIn(form.draft))}
      {form.trouble.value && (
        <p class="note fail" role="alert">
          {form.trouble.value}
        </p>
      )}
      <div class="buttons">
        <span class="dim small left" role="status">
          {form.done.value ? 'Saved' : long && form.changed.value ? 'Not saved yet' : ''}
        </span>
        {onCancel && <Button onClick={() => form.leave(onCancel)}>Cancel</Button>}
        <Button kind="first" type="submit" disabled={form.busy.value}>
          {submit}
        </Button>
      </div>
      <Question form={form} />
    </form>
  )
}

function Part({ section, form }: { section: Section; form: FormState }) {
  const { title, hint, folded, fields } = section
  const id = useId()
  const names = new Set(fields.map(({ name }) => name))
  const cells = form.draft.cells.filter(({ spec }) => names.has(spec.name))
  const content = <Fields draft={form.draft} cells={cells} />
  if (title === undefined) return content
  if (folded) {
    return (
      <details class="part">
        <summary>{title}</summary>
        {hint && <p class="small dim">{hint}</p>}
        {content}
      </details>
    )
  }
  return (
    <fieldset class="part" {...describedBy(id, { hint })}>
      <legend>{title}</legend>
      {hint && (
        <p id={`${id}-more`} class="small dim">
          {hint}
        </p>
      )}
      {content}
    </fieldset>
  )
}

function Question({ form: { asked } }: { form: FormState }) {
  const proceed = asked.value
  if (proceed === undefined) return null
  const close = () => {
    asked.value = undefined
  }
  return (
    <Confirm
      title="Leave without saving?"
      verb="Discard changes"
      action={async () => proceed()}
      onClose={close}
    >
      <p>What you changed here is lost then.</p>
    </Confirm>
  )
}

/** Opens what is closed over the first fault, and goes there. */
function showFault(form: HTMLFormElement | null): void {
  const wrong = form?.querySelector<HTMLElement>('[aria-invalid="true"]')
  wrong?.closest('details')?.setAttribute('open', '')
  wrong?.focus()
}
