import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'

interface Props {
  label: string
  on: boolean
  disabled?: boolean
  /** Rejects if it cannot be switched. */
  change: (on: boolean) => Promise<unknown>
}

export function Switch({ label, on, disabled = false, change }: Props) {
  /** What is asked for, until it is so. */
  const wanted = useSignal<boolean | undefined>(undefined)
  useEffect(() => {
    wanted.value = undefined
  }, [on])
  const shown = wanted.value ?? on
  return (
    <input
      type="checkbox"
      role="switch"
      class="switch"
      aria-label={label}
      aria-checked={shown}
      checked={shown}
      disabled={disabled}
      onChange={async ({ currentTarget: { checked } }) => {
        wanted.value = checked
        try {
          await change(checked)
        } catch {
          // Shows what is: why the server cannot be told stands at the foot of the page.
          wanted.value = undefined
        }
      }}
    />
  )
}
