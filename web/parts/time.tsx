/** Times as people say them, right while they are looked at. */
import { signal } from '@preact/signals'

/** The wall clock in steps of a second, ms. */
export const now = signal(Date.now())
setInterval(() => {
  if (!document.hidden) now.value = Date.now()
}, 1000)

/** `0.4 s`, `52 s`, `3 min 10 s`, `2 h 5 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  const s = Math.max(0, ms) / 1000
  if (s < 10) return `${s.toFixed(1)} s`
  if (s < 60) return `${Math.floor(s)} s`
  if (s < 3600) return pair(s / 60, 'min', (s % 60) | 0, 's')
  if (s < 86_400) return pair(s / 3600, 'h', ((s % 3600) / 60) | 0, 'min')
  return pair(s / 86_400, 'd', ((s % 86_400) / 3600) | 0, 'h')
}

function pair(large: number, unit: string, small: number, smallUnit: string): string {
  return `${Math.floor(large)} ${unit}${small ? ` ${small} ${smallUnit}` : ''}`
}

export function Ago({ time }: { time: string }) {
  const age = now.value - Date.parse(time)
  const text = age < 5000 ? 'now' : `${duration(age).split(' ').slice(0, 2).join(' ')} ago`
  return (
    <time dateTime={time} title={new Date(time).toLocaleString()} class="num">
      {text}
    </time>
  )
}

/** ISO 8601, or ms. */
type Time = string | number
const ms = (time: Time) => (typeof time === 'number' ? time : Date.parse(time))

/** From one time to another, or to now. */
export function Lasted({ from, to }: { from: Time; to: Time | null }) {
  const end = to === null ? Math.max(now.value, ms(from)) : ms(to)
  return <span class="num">{duration(end - ms(from))}</span>
}
