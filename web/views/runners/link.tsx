/** How good a link is: bars for the eye, numbers for whoever wants to know. */
import type { Runner, RunnerLink } from '../../api/records.ts'

/** 1024 bytes are no kB: sizes as a bill has them. */
export function sizeOf(bytes: number): [value: string, unit: string] {
  if (bytes < 1000) return [String(bytes), 'B']
  const units = ['kB', 'MB', 'GB', 'TB']
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** power
  return [value.toFixed(value < 100 ? 1 : 0), units[power - 1] as string]
}

/** 4 = like a cable, 1 = like a satellite, 0 = away. */
function barsOf({ status, round_trip_ms }: Runner, link: RunnerLink | undefined): number {
  if (status === 'offline') return 0
  const slow = [100, 400, 1500].filter((ms) => (round_trip_ms ?? 0) > ms).length
  const flaky = [3, 12].filter((flaps) => (link?.flaps ?? 0) > flaps).length
  return Math.max(1, 4 - slow - flaky)
}

const tones = ['off', 'fail', 'wait', 'go', 'go']

export function LinkOf({ runner, link }: { runner: Runner; link: RunnerLink | undefined }) {
  const bars = barsOf(runner, link)
  const lost = link && link.flaps > 1 && `lost ${link.flaps} times in 24 h`
  const trip = runner.round_trip_ms !== null && `${runner.round_trip_ms} ms`
  return (
    <span class="row link">
      <svg class="bars" viewBox="0 0 18 12" role="img" aria-label={`Link: ${bars} of 4 bars`}>
        {[0, 1, 2, 3].map((bar) => (
          <rect
            key={bar}
            x={bar * 5}
            y={9 - bar * 3}
            width={3}
            height={3 + bar * 3}
            rx={1}
            fill={bar < bars ? `var(--${tones[bars]})` : 'var(--line-2)'}
          />
        ))}
      </svg>
      <span class="num dim">
        {[runner.status === 'online' && trip, lost].filter(Boolean).join(', ')}
      </span>
    </span>
  )
}

/** So many are drawn, more are said. */
const mostDrawn = 12

export function Slots({ runner: { running_tasks: used, free_slots: free } }: { runner: Runner }) {
  const all = free === null ? undefined : used + free
  if (all === undefined || all > mostDrawn) {
    return (
      <span class="num dim">{all === undefined ? `${used}, no limit` : `${used} of ${all}`}</span>
    )
  }
  return (
    <span class="slots" role="img" aria-label={`${used} of ${all} slots in use`}>
      {Array.from({ length: all }, (_, slot) => (
        <i key={slot} class={slot < used ? 'used' : undefined} />
      ))}
    </span>
  )
}
