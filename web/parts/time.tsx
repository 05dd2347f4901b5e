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

/** As the clock and the calendar of whoever looks at it say it. */
export const localTime = (time: string) => new Date(time).toLocaleString()

export function Ago({ time }: { time: string }) {
  const age = now.value - Date.parse(time)
  const text = age < 5000 ? 'now' : `${duration(age).split(' ').slice(0, 2).join(' ')} ago`
  return (
    <time dateTime={time} title={localTime(time)} class="num">
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

const iso = /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/

/** A text of the server with each of its times as `localTime`, without the day if that is today. */
export function LocalTimes({ text }: { text: string }) {
  // What the pattern catches stands at the odd places.
  return text.split(iso).map((part, index) => (index % 2 === 0 ? part : <Clock time={part} />))
}

function Clock({ time }: { time: string }) {
  const at = new Date(time)
  const isToday = at.toDateString() === new Date(now.value).toDateString()
  return (
    <time dateTime={time} title={localTime(time)} class="num">
      {isToday ? at.toLocaleTimeString() : localTime(time)}
    </time>
  )
}
