/** A form at work: what is filled in, whether it is saved, what is wrong, and leaving it. */
import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { ApiError } from '../api/client.ts'
import { keep } from '../shell/router.ts'
import { bodyOf, check, type Draft, draftOf, lookIn, place, type Values } from './draft.ts'
import type { Section } from './fields.ts'

export interface FormOrder<Saved> {
  sections: readonly Section[]
  /** What there is, as the API has it; undefined for something new. */
  record?: object | undefined
  /** @param values as the API takes them: the record with what was changed. Rejects with an ApiError. */
  save: (values: Values) => Promise<Saved>
  onSaved?: (saved: Saved) => unknown
  /** Whoever leaves it is not asked, for nothing of worth is lost. */
  losable?: boolean
}

export interface FormState {
  sections: readonly Section[]
  draft: Draft
  changed: ReadonlySignal<boolean>
  /** It was saved, and nothing was changed since. */
  done: ReadonlySignal<boolean>
  busy: Signal<boolean>
  /** What is wrong with the whole of it. */
  trouble: Signal<string | undefined>
  /** @returns whether it is saved */
  submit: () => Promise<boolean>
  /** Goes on with `then`: at once, or after it was asked whether the changes may be lost. */
  leave: (then: () => void) => void
  /** What goes on if they may; undefined = nobody is asked. */
  asked: Signal<(() => void) | undefined>
}

export function useForm<Saved>(order: FormOrder<Saved>): FormState {
  const latest = useRef(order)
  latest.current = order
  const form = useMemo(() => createForm(latest), [])
  useEffect(() => {
    const stay = (event: BeforeUnloadEvent) => form.changed.value && event.preventDefault()
    addEventListener('beforeunload', stay)
    const free = keep((proceed) => {
      if (form.changed.value) form.asked.value = proceed
      return form.changed.value
    })
    return () => {
      free()
      removeEventListener('beforeunload', stay)
    }
  }, [])
  return form
}

function createForm<Saved>(order: { current: FormOrder<Saved> }): FormState {
  const { sections, record, losable } = order.current
  const fields = sections.flatMap((section) => section.fields)
  const draft = draftOf(fields, record as Values | undefined)
  const now = computed(() => JSON.stringify(bodyOf(draft)))
  const saved = signal(now.value)
  const changed = computed(() => !losable && now.value !== saved.value)
  const savedOnce = signal(false)
  const done = computed(() => savedOnce.value && now.value === saved.value)
  const busy = signal(false)
  const trouble = signal<string | undefined>(undefined)
  const asked = signal<(() => void) | undefined>(undefined)

  async function submit(): Promise<boolean> {
    if (busy.value) return false
    trouble.value = undefined
    if (!check(draft)) return false
    busy.value = true
    try {
      const result = await order.current.save(bodyOf(draft))
      saved.value = now.value
      savedOnce.value = true
      order.current.onSaved?.(result)
      return true
    } catch (thrown) {
      trouble.value = troubleOf(draft, thrown)
      return false
    } finally {
      busy.value = false
    }
  }

  function leave(then: () => void): void {
    if (changed.value) asked.value = then
    else then()
  }

  return { sections, draft, changed, done, busy, trouble, submit, leave, asked }
}

/** @returns what no field shows */
function troubleOf(draft: Draft, thrown: unknown): string | undefined {
  if (!(thrown instanceof ApiError)) return String(thrown)
  if (thrown.faults.length === 0) return thrown.message
  const rest = place(draft, thrown.faults)
  return rest.length > 0 ? rest.map(({ path, text }) => `${path}: ${text}`).join('; ') : undefined
}

export const isShown = ({ when }: Section, draft: Draft) => when?.(lookIn(draft)) ?? true
