/** Text to be pasted elsewhere. */
import { useSignal } from '@preact/signals'
import { Button } from './button.tsx'
import { Icon } from './icons.tsx'

export function Code({ text, label }: { text: string; label: string }) {
  return (
    <section class="code" aria-label={label}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so keys must be able to reach it. */}
      <pre tabIndex={0}>{text}</pre>
      <Copy text={text} />
    </section>
  )
}

export function Copy({ text }: { text: string }) {
  const copied = useSignal(false)
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    copied.value = true
    setTimeout(() => {
      copied.value = false
    }, 2000)
  }
  return (
    <Button onClick={copy}>
      <Icon name="copy" />
      {copied.value ? 'Copied' : 'Copy'}
    </Button>
  )
}
