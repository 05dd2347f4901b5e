/** How this person likes logs, kept by the browser. */
import { effect, signal } from '@preact/signals'

export const wrap = kept('log-wrap')
export const times = kept('log-times')

function kept(name: string) {
  const on = signal(localStorage.getItem(name) === 'on')
  effect(() => localStorage.setItem(name, on.value ? 'on' : 'off'))
  return on
}
