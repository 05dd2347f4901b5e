import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'

export interface Tab {
  name: string
  content: ComponentChildren
}

/** Arrow keys go from tab to tab, as ARIA's pattern asks. */
export function Tabs({ of }: { of: Tab[] }) {
  const shown = useSignal(0)
  const id = useId()
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    shown.value = (shown.value + step + of.length) % of.length
    const tabs = event.currentTarget as HTMLElement
    ;(tabs.children[shown.value] as HTMLElement).focus()
  }
  return (
    <div>
      <div class="tabs" role="tablist" onKeyDown={move}>
        {of.map(({ name }, index) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`${id}-${index}`}
            aria-selected={index === shown.value}
            aria-controls={`${id}-panel`}
            tabIndex={index === shown.value ? 0 : -1}
            onClick={() => {
              shown.value = index
            }}
          >
            {name}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${shown.value}`}>
        {of[shown.value]?.content}
      </div>
    </div>
  )
}
