/** Addresses: what is in the bar is `path`; a click on a link of ours changes it without a reload. */
import { signal } from '@preact/signals'

export const path = signal(location.pathname)
export const query = signal(new URLSearchParams(location.search))

/** Asked before the address changes. @returns whether it shall stay; `proceed` changes it later */
type Keeper = (proceed: () => void) => boolean
let keeper: Keeper | undefined

/** @returns how to let go again */
export function keep(asked: Keeper): () => void {
  keeper = asked
  return () => {
    if (keeper === asked) keeper = undefined
  }
}

export function go(address: string, { replace = false } = {}): void {
  if (!keeper?.(() => show(address, replace))) show(address, replace)
}

function show(address: string, replace: boolean): void {
  history[replace ? 'replaceState' : 'pushState'](null, '', address)
  read()
  if (!replace) scrollTo(0, 0)
}

/** The browser has gone back or forth already. */
function moved(): void {
  const there = location.pathname + location.search
  const away = location.pathname !== path.value
  if (away && keeper?.(() => show(there, true))) history.pushState(null, '', path.value)
  else read()
}

function read(): void {
  path.value = location.pathname
  query.value = new URLSearchParams(location.search)
}

export function startRouter(): void {
  addEventListener('popstate', moved)
  document.addEventListener('click', (event) => {
    const link = (event.target as Element).closest<HTMLAnchorElement>('a[href^="/"]')
    if (!link || link.target || link.hasAttribute('download') || !isPlain(event)) return
    event.preventDefault()
    go(link.getAttribute('href') ?? '/')
  })
}

/** Otherwise the browser is asked for a new tab, or somebody has taken care of it. */
function isPlain({ button, metaKey, ctrlKey, shiftKey, altKey, defaultPrevented }: MouseEvent) {
  return button === 0 && !(metaKey || ctrlKey || shiftKey || altKey || defaultPrevented)
}
