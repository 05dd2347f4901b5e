import { type Column, Columns } from '../../parts/chart.tsx'
import { Sheet } from '../../parts/page.tsx'
import { duration } from '../../parts/time.tsx'
import { type DayStats, percent, successOf } from './figures.ts'

/** How tasks ended, and how long they took, day by day. */
export function Days({ of }: { of: DayStats[] }) {
  const { ended, share } = successOf(of)
  const took = of.map(({ avg_duration }) => avg_duration ?? 0)
  const longest = Math.max(1, ...took)
  const summary = share === undefined ? 'nothing ended' : `${ended} ended, ${percent(share)}`
  return (
    <Sheet title={`The last ${of.length} days`} aside={`${summary}; days in UTC`}>
      <div class="body charts">
        <figure>
          <figcaption class="legend">
            {kinds.map(({ name, color }) => (
              <span key={name}>
                <i style={{ background: color }} />
                {name}
              </span>
            ))}
          </figcaption>
          <Columns of={of.map(countsOf)} label={`Tasks by day: ${of.map(wordsOf).join('; ')}`} />
        </figure>
        <figure>
          <figcaption class="legend">
            <span>
              <i style={{ background: 'var(--run)' }} />
              Mean duration, at most <b>{duration(longest * 1000)}</b>
            </span>
          </figcaption>
          <Columns
            of={of.map(({ date, avg_duration }) => ({
              name: date,
              parts: [{ count: avg_duration ?? 0, color: 'var(--run)', name: 'seconds' }],
            }))}
            label={`Mean duration by day: ${of.map(({ date, avg_duration }) => `${date} ${duration((avg_duration ?? 0) * 1000)}`).join('; ')}`}
          />
        </figure>
      </div>
    </Sheet>
  )
}

const kinds = [
  { status: 'success', name: 'success', color: 'var(--go)' },
  { status: 'error', name: 'failed', color: 'var(--fail)' },
  { status: 'stopped', name: 'stopped', color: 'var(--off)' },
]

function countsOf({ date, count_by_status }: DayStats): Column {
  const parts = kinds.map(({ status, ...kind }) => ({
    ...kind,
    count: count_by_status[status] ?? 0,
  }))
  return { name: date, parts }
}

const wordsOf = (day: DayStats) =>
  `${day.date} ${countsOf(day)
    .parts.map(({ count, name }) => `${count} ${name}`)
    .join(', ')}`
