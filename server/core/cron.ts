/**
 * Cron formats: five fields, a nickname such as @daily, or `@every 1h30m`; before them may stand
 * `TZ=Europe/Berlin`. Times are ms since the epoch.
 */
import { Cron } from 'croner'
import { AppError } from '../../lib/errors.ts'
import { isTimeZone } from './time-zone.ts'

/**
 * The next `count` times after `after`; fewer if no more come. Where the clocks of the zone jump ahead a
 * time that they leave out comes right after the jump; where they are set back a time of day that comes
 * twice counts once, and what comes each hour or minute goes on with every real one.
 * @param last the last time, from which `@every` counts on
 * @throws AppError `invalid`
 */
export function cronTimes(
  cron: string,
  zone: string,
  after: number,
  count: number,
  last = after,
): number[] {
  const [, named, format = ''] = /^(?:(?:CRON_)?TZ=(\S*)\s)?(.*)$/s.exec(cron.trim()) ?? []
  if (named !== undefined && !isTimeZone(named)) throw wrong(cron, ': there is no such time zone')
  const [, length] = /^@every\s+(\S+)$/.exec(format) ?? []
  if (length === undefined) {
    const times = parse(cron, format, named ?? zone).nextRuns(count, new Date(after))
    return times.map((time) => time.getTime())
  }
  const step = lengthOf(cron, length)
  const passed = Math.max(0, Math.floor((after - last) / step))
  return Array.from({ length: count }, (_, index) => last + (passed + 1 + index) * step)
}

function parse(cron: string, format: string, zone: string): Cron {
  try {
    const fields = format.trim().split(/\s+/)
    if (/^@[a-z]+$/i.test(format.trim()) || fields.length === 5) {
      return new Cron(fields.join(' '), { timezone: zone, paused: true })
    }
  } catch (cause) {
    throw wrong(cron, `: ${(cause as Error).message.replace(/^CronPattern: /, '')}`, cause)
  }
  throw wrong(cron, '')
}

const units: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000 }

/** ms. Shorter than a second is no schedule, and longer than ten years none that anybody sees. */
function lengthOf(cron: string, text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)([hms])/g)]
  const known = parts.map(([part]) => part).join('') === text
  const sum = parts.reduce((ms, [, n, unit]) => ms + Number(n) * (units[unit as string] ?? 0), 0)
  const ms = Math.round(sum)
  if (known && ms >= 1000 && ms <= 87_600 * 3_600_000) return ms
  throw wrong(cron, ': @every takes a length such as 90s, 5m or 1h30m, from 1s to 87600h')
}

function wrong(cron: string, reason: string, cause?: unknown): AppError {
  const got = JSON.stringify(cron.slice(0, 100))
  const expected = 'minute, hour, day, month and day of the week, or @hourly, @daily, @every 5m, ..'
  return new AppError('invalid', `cron_format: expected ${expected}, got ${got}${reason}`, {
    cause,
  })
}
