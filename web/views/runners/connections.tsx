import { useSignal } from '@preact/signals'
import { useLive } from '../../api/live.ts'
import type { Connection, Runner } from '../../api/records.ts'
import { Button } from '../../parts/button.tsx'
import { Lasted } from '../../parts/time.tsx'

const words = {
  lost: 'Link lost',
  replaced: 'Came back unseen',
  server: 'The server ended',
}
const shownFirst = 6

/** When a runner came, how long it stayed, and why it went. */
export function Connections({ runner }: { runner: Runner }) {
  const all = useLive<Connection[]>(`/api/runners/${runner.id}/connections`, ({ runners }) =>
    runners.some(({ id }) => id === runner.id),
  )
  const whole = useSignal(false)
  const list = all.data.value ?? []
  const more = list.length - shownFirst
  return (
    <section aria-label="Connections">
      <h3>Connections</h3>
      {all.data.value && list.length === 0 && <p class="dim small">It was never connected.</p>}
      <ul class="connections small">
        {(whole.value ? list : list.slice(0, shownFirst)).map(({ start, end, cause }) => (
          <li key={start}>
            <time dateTime={start} class="num">
              {when.format(new Date(start))}
            </time>
            <Lasted from={start} to={end} />
            <span class={cause === null ? 'go-word' : 'dim'}>
              {cause === null ? 'Connected' : words[cause]}
            </span>
          </li>
        ))}
      </ul>
      {more > 0 && !whole.value && (
        <Button
          kind="bare"
          onClick={() => {
            whole.value = true
          }}
        >
          {more} older
        </Button>
      )}
    </section>
  )
}

const when = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
