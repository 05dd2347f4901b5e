/** A project from a file: one that was saved here, or by Semaphore. */
import { useSignal } from '@preact/signals'
import { useId } from 'preact/hooks'
import type { Project } from '../../api/records.ts'
import type { Values } from '../../form/draft.ts'
import { Form } from '../../form/form.tsx'
import { Button } from '../../parts/button.tsx'
import { Sheet } from '../../parts/page.tsx'
import { api } from '../../shell/session.ts'

interface Restored extends Project {
  /** Of these the backup holds only the names. */
  missing_secrets: string[]
  /** What of the backup there is none of here. */
  left_out: string[]
}

interface Backup extends Values {
  meta: Values
}

/** @param onDone opens the project that was made */
export function Restore({ onDone }: { onDone: (made: Project) => unknown }) {
  const backup = useSignal<Backup | undefined>(undefined)
  const restored = useSignal<Restored | undefined>(undefined)
  const known = restored.value
  return (
    <Sheet title="From a backup">
      <div class="body narrow stack">
        {known ? (
          <Done of={known} open={() => onDone(known)} />
        ) : (
          <>
            <Upload onRead={(read) => (backup.value = read)} />
            {backup.value && (
              <Form
                key={JSON.stringify(backup.value.meta)}
                submit="Restore project"
                losable
                sections={[
                  {
                    fields: [
                      { name: 'name', label: 'Its name here', kind: 'text', required: true },
                    ],
                  },
                ]}
                record={backup.value.meta}
                save={(meta) =>
                  api.post<Restored>('/api/projects/restore', { ...backup.value, meta })
                }
                onSaved={(made) => {
                  restored.value = made
                }}
              />
            )}
          </>
        )}
      </div>
    </Sheet>
  )
}

function Upload({ onRead }: { onRead: (backup: Backup | undefined) => void }) {
  const id = useId()
  const wrong = useSignal<string | undefined>(undefined)
  const read = async (file: File | undefined) => {
    const backup = file && backupIn(await file.text())
    wrong.value = file && !backup ? 'expected a backup of a project' : undefined
    onRead(backup)
  }
  return (
    <div class="field">
      <label for={id}>File</label>
      <input
        id={id}
        type="file"
        accept=".json,application/json"
        aria-invalid={wrong.value !== undefined}
        aria-describedby={`${id}-more`}
        onChange={({ currentTarget }) => void read(currentTarget.files?.[0])}
      />
      <span id={`${id}-more`} class={wrong.value ? 'wrong' : 'hint'}>
        {wrong.value ?? 'As the settings of a project give it, here or in Semaphore'}
      </span>
    </div>
  )
}

function backupIn(text: string): Backup | undefined {
  try {
    const { meta } = JSON.parse(text)
    return typeof meta === 'object' && meta !== null ? JSON.parse(text) : undefined
  } catch {
    return undefined
  }
}

function Done({ of, open }: { of: Restored; open: () => unknown }) {
  return (
    <div class="stack" role="status">
      <p class="strong">{of.name} is restored.</p>
      <Names title="These secrets are in no backup. Enter them again" of={of.missing_secrets} />
      <Names title="Left out, for there is nothing like it here" of={of.left_out} />
      <div>
        <Button kind="first" onClick={open}>
          Open it
        </Button>
      </div>
    </div>
  )
}

function Names({ title, of }: { title: string; of: readonly string[] }) {
  if (of.length === 0) return null
  return (
    <div>
      <p class="dim">{title}:</p>
      <ul>
        {of.map((name) => (
          <li key={name} class="break">
            {name}
          </li>
        ))}
      </ul>
    </div>
  )
}
