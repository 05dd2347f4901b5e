import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'

type Kind = 'plain' | 'first' | 'danger' | 'bare'

interface Props {
  kind?: Kind
  type?: 'button' | 'submit'
  /** For a button that is an icon alone. */
  label?: string
  disabled?: boolean
  /** While what it returns is on its way the button cannot be pressed again. */
  onClick?: () => unknown
  children: ComponentChildren
}

export function Button({
  kind = 'plain',
  type = 'button',
  label,
  disabled,
  onClick,
  children,
}: Props) {
  const busy = useSignal(false)
  const press = async () => {
    busy.value = true
    try {
      await onClick?.()
    } finally {
      busy.value = false
    }
  }
  return (
    <button
      type={type}
      class={`button ${kind}`}
      aria-label={label}
      title={label}
      disabled={disabled || busy.value}
      onClick={onClick && (() => void press())}
    >
      {children}
    </button>
  )
}

export function LinkButton({
  href,
  kind = 'plain',
  children,
}: {
  href: string
  kind?: Kind
  children: ComponentChildren
}) {
  return (
    <a class={`button ${kind}`} href={href}>
      {children}
    </a>
  )
}
