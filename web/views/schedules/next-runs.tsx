/** What a cron format means: in words, and the next times that the server would run it. */
import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { ApiError } from '../../api/client.ts'
import type { Look } from '../../form/fields.ts'
import { api } from '../../shell/session.ts'
import { inWords, moment } from './words.ts'

/** So long nothing is typed before the server is asked, ms. */
const quietMs = 250

interface Props {
  look: Look
  /** Of the project in the API. */
  path: string
}

export function NextRuns({ look, path }: Props) {
  if (look('type') === 'run_at') return null
  return <Times cron={String(look('cron_format'))} zone={String(look('timezone'))} path={path} />
}

function Times({ cron, zone, path }: { cron: string; zone: string; path: string }) {
  // As the server answered: the zone that is typed may be none yet.
  const times = useSignal<readonly string[]>([])
  const wrong = useSignal<string | undefined>(undefined)
  useEffect(() => {
    let left = false
    const timer = setTimeout(async () => {
      try {
        const asked = { cron_format: cron, timezone: zone.trim() || null }
        const answer = await api.post<{ next_runs: string[] }>(`${path}/schedules/validate`, asked)
        if (left) return
        times.value = answer.next_runs.map((time) => moment(time, asked.timezone))
        wrong.value = undefined
      } catch (error) {
        if (left) return
        times.value = []
        wrong.value = error instanceof ApiError ? error.message : String(error)
      }
    }, quietMs)
    return () => {
      left = true
      clearTimeout(timer)
    }
  }, [cron, zone, path])
  return (
    <div class="well stack" role="status">
      {wrong.value === undefined ? (
        <>
          <span class="strong">{inWords(cron) ?? cron}</span>
          <ol class="times dim small" aria-label="Next runs">
            {times.value.map((time) => (
              <li key={time} class="num">
                {time}
              </li>
            ))}
          </ol>
        </>
      ) : (
        <span class="wrong small">{wrong.value}</span>
      )}
    </div>
  )
}
