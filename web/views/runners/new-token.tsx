import { useSignal } from '@preact/signals'
import { nameOf, type Runner } from '../../api/records.ts'
import { Confirm } from '../../parts/dialog.tsx'
import { ShownOnce } from '../../parts/shown-once.tsx'
import { api } from '../../shell/session.ts'

interface Props {
  runner: Runner
  /** Of the runner in the API. */
  path: string
  onClose: () => void
}

/** Asks first: the runner that has the old token is cut off. */
export function NewToken({ runner, path, onClose }: Props) {
  const token = useSignal<string | undefined>(undefined)
  if (token.value === undefined) {
    return (
      <Confirm
        title={`New token for ${nameOf(runner)}`}
        verb="Make a new token"
        action={async () => {
          token.value = (await api.post<{ token: string }>(`${path}/token`)).token
        }}
        onClose={() => token.value === undefined && onClose()}
      >
        <p>
          The runner is cut off until it has the new token. What it runs goes on, and is told when
          it is back.
        </p>
      </Confirm>
    )
  }
  return (
    <ShownOnce
      title={`New token for ${nameOf(runner)}`}
      label="Token"
      text={token.value}
      onClose={onClose}
    >
      Put it where the runner's configuration says, and start the runner again.
    </ShownOnce>
  )
}
