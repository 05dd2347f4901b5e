import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { Button } from './button.tsx'
import { Icon } from './icons.tsx'

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

/** Text to be pasted elsewhere. */
export function Code({ text, label }: { text: string; label: string }) {
  const copied = useSignal(false)
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    copied.value = true
    setTimeout(() => {
      copied.value = false
    }, 2000)
  }
  return (
    <section class="code" aria-label={label}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so keys must be able to reach it. */}
      <pre tabIndex={0}>{text}</pre>
      <Button onClick={copy}>
        <Icon name="copy" />
        {copied.value ? 'Copied' : 'Copy'}
      </Button>
    </section>
  )
}
