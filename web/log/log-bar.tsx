import { type Signal, useSignal } from '@preact/signals'
import { api } from '../shell/session.ts'
import { times, wrap } from './preferences.ts'

interface Props {
  path: string
  attempt: number
  total: number
  over: boolean
  following: Signal<boolean>
  /** Lines that were searched for. */
  found: Signal<number[]>
  link: 'up' | 'down' | 'back'
  /** undefined = it has none that could be folded. */
  parts: { folded: boolean } | undefined
  onFoldAll: (all: boolean) => void
  onGo: (line: number) => void
}

export function LogBar(props: Props) {
  const { path, attempt, total, over, following, found, link, parts, onFoldAll, onGo } = props
  const text = useSignal('')
  const at = useSignal(0)
  const searched = useSignal('')
  const go = (index: number) => {
    const line = found.value[index]
    if (line === undefined) return
    at.value = index
    onGo(line)
  }
  const search = async () => {
    if (text.value === searched.value) {
      if (found.value.length > 0) go((at.value + 1) % found.value.length)
      return
    }
    searched.value = text.value
    const query = new URLSearchParams({ text: text.value, attempt: String(attempt) })
    found.value = text.value
      ? (await api.get<{ lines: number[] }>(`${path}/lines/search?${query}`)).lines
      : []
    go(0)
  }
  return (
    <div class="bar">
      <form
        onSubmit={(event) => {
          event.preventDefault()
          search().catch(() => {})
        }}
      >
        <input
          type="search"
          aria-label="Search the log"
          placeholder={`Search ${total.toLocaleString()} lines`}
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value
          }}
        />
      </form>
      <span role="status" class="num">
        {searched.value !== '' && searched.value === text.value
          ? found.value.length === 0
            ? 'not found'
            : `${at.value + 1} of ${found.value.length}`
          : ''}
        {link === 'down' && ' The link is down; the log goes on by itself.'}
        {link === 'back' && ' The link was down; nothing is missing.'}
      </span>
      <span class="grow row">
        {parts && (
          <button type="button" onClick={() => onFoldAll(!parts.folded)}>
            {parts.folded ? 'Unfold all' : 'Fold all'}
          </button>
        )}
        <Toggle name="Wrap" of={wrap} />
        <Toggle name="Times" of={times} />
        <Toggle name={over ? 'End' : 'Follow'} of={following} />
        <a
          href={`${path}/raw_output?attempt=${attempt}`}
          download={`task-${path.split('/').at(-1)}-attempt-${attempt}.log`}
        >
          Raw
        </a>
      </span>
    </div>
  )
}

function Toggle({ name, of }: { name: string; of: Signal<boolean> }) {
  return (
    <button
      type="button"
      aria-pressed={of.value}
      onClick={() => {
        of.value = !of.value
      }}
    >
      {name}
    </button>
  )
}
