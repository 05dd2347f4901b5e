/** The head of a view and the sheets below it. */
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'

interface PageProps {
  title: ComponentChildren
  /** In the tab of the browser. */
  tab: string
  crumb?: ComponentChildren
  /** The facts below the title. */
  facts?: ComponentChildren
  actions?: ComponentChildren
  children: ComponentChildren
}

export function Page({ title, tab, crumb, facts, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${tab} · Outstation`
  }, [tab])
  return (
    <>
      <div class="top">
        <div class="stack">
          <div>
            {crumb && <div class="crumb">{crumb}</div>}
            <h1>{title}</h1>
          </div>
          {facts && <div class="row told dim">{facts}</div>}
        </div>
        {actions && <div class="actions">{actions}</div>}
      </div>
      {children}
    </>
  )
}

interface SheetProps {
  title?: string
  aside?: ComponentChildren
  children: ComponentChildren
}

export function Sheet({ title, aside, children }: SheetProps) {
  return (
    <section class="sheet" aria-label={title}>
      {title && (
        <header>
          <h2>{title}</h2>
          {aside && <span class="grow small dim">{aside}</span>}
        </header>
      )}
      {children}
    </section>
  )
}

export function Facts({
  of,
}: {
  of: [name: string, value: ComponentChildren, unit?: ComponentChildren][]
}) {
  return (
    <dl class="facts">
      {of.map(([name, value, unit]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd class="num">
            {value} {unit !== undefined && <small>{unit}</small>}
          </dd>
        </div>
      ))}
    </dl>
  )
}
