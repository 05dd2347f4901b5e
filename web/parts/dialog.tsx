/** A modal window: the browser's own, so Escape, focus and what lies below are taken care of. */
import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { ApiError } from '../api/client.ts'
import { Button } from './button.tsx'
import { Field } from './field.tsx'

interface DialogProps {
  title: string
  broad?: boolean
  onClose: () => void
  /** Instead of closing at once. */
  onEscape?: () => void
  children: ComponentChildren
}

export function Dialog({ title, broad = false, onClose, onEscape, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => dialog.current?.showModal(), [])
  return (
    <dialog
      ref={dialog}
      class={broad ? 'broad' : undefined}
      aria-labelledby={id}
      onClose={onClose}
      onCancel={(event) => {
        if (!onEscape || event.target !== dialog.current) return
        event.preventDefault()
        onEscape()
      }}
    >
      <header>
        <h2 id={id}>{title}</h2>
      </header>
      <div class="body">{children}</div>
    </dialog>
  )
}

interface ConfirmProps {
  title: string
  /** What happens then. */
  children: ComponentChildren
  /** Has to be typed; without it a press is enough. */
  name?: string
  verb: string
  action: () => Promise<unknown>
  onClose: () => void
}

/** For what cannot be taken back. */
export function Confirm({ title, children, name, verb, action, onClose }: ConfirmProps) {
  const typed = useSignal('')
  const error = useSignal<string | undefined>(undefined)
  const act = async () => {
    try {
      await action()
      onClose()
    } catch (thrown) {
      error.value = thrown instanceof ApiError ? thrown.message : String(thrown)
    }
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="stack dim">{children}</div>
      {name !== undefined && (
        <Field label={`Type "${name}" to confirm`} value={typed} autocomplete="off" />
      )}
      {error.value && (
        <p class="note fail" role="alert">
          {error.value}
        </p>
      )}
      <div class="buttons">
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="danger" disabled={name !== undefined && typed.value !== name} onClick={act}>
          {verb}
        </Button>
      </div>
    </Dialog>
  )
}
