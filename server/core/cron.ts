/** Cron formats: five fields, or a nickname such as @daily, in a time zone. Times are ms since the epoch. */
import { Cron } from 'croner'
import { AppError } from '../../lib/errors.ts'

/**
 * The next `count` times after `after`; fewer if no more come. Where the clocks of the zone jump ahead a
 * time that they leave out comes right after the jump; where they are set back a time of day that comes
 * twice counts once, and what comes each hour or minute goes on with every real one.
 * @throws AppError `invalid`
 */
export function cronTimes(cron: string, zone: string, after: number, count: number): number[] {
  return parse(cron, zone)
    .nextRuns(count, new Date(after))
    .map((time) => time.getTime())
}

function parse(cron: string, zone: string): Cron {
  try {
    const fields = cron.trim().split(/\s+/)
    if (/^@[a-z]+$/i.test(cron.trim()) || fields.length === 5) {
      return new Cron(fields.join(' '), { timezone: zone, paused: true })
    }
  } catch (cause) {
    throw wrong(cron, `: ${(cause as Error).message.replace(/^CronPattern: /, '')}`, cause)
  }
  throw wrong(cron, '')
}

function wrong(cron: string, reason: string, cause?: unknown): AppError {
  const got = JSON.stringify(cron.slice(0, 100))
  const expected = 'minute, hour, day, month and day of the week, or @hourly, @daily, ..'
  return new AppError('invalid', `cron_format: expected ${expected}, got ${got}${reason}`, {
    cause,
  })
}
