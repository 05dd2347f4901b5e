/** Addresses: what is in the bar is `path`; a click on a link of ours changes it without a reload. */
import { signal } from '@preact/signals'

export const path = signal(location.pathname)
export const query = signal(new URLSearchParams(location.search))

export function go(address: string, { replace = false } = {}): void {
  history[replace ? 'replaceState' : 'pushState'](null, '', address)
  read()
  if (!replace) scrollTo(0, 0)
}

function read(): void {
  path.value = location.pathname
  query.value = new URLSearchParams(location.search)
}

export function startRouter(): void {
  addEventListener('popstate', read)
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
