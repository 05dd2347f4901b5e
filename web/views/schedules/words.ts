/** Times of schedules as people say them. */
import cronstrue from 'cronstrue'

const nicknames: Record<string, string> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
}

/** @returns undefined if it is no cron format */
export function inWords(cron: string): string | undefined {
  const [, zone, format = ''] = /^(?:(?:CRON_)?TZ=(\S*)\s+)?(.*)$/s.exec(cron.trim()) ?? []
  const [, length] = /^@every\s+(\S+)$/.exec(format) ?? []
  if (length !== undefined) return `Every ${length}`
  const options = { use24HourTimeFormat: true, verbose: false }
  try {
    const words = cronstrue.toString(nicknames[format] ?? format, options)
    return zone ? `${words}, ${zone}` : words
  } catch {
    return undefined
  }
}

/** @param zone whose clock it is; that of whoever looks, if there is none */
export const moment = (time: string, zone?: string | null) =>
  new Date(time).toLocaleString(undefined, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    ...(zone && { timeZone: zone, timeZoneName: 'short' }),
  })
