/** Structured log: one event a line, JSON or text, to a sink that is handed in. Never global. */
export const levels = ['debug', 'info', 'warn', 'error'] as const
export type Level = (typeof levels)[number]
/** None may take the place of what every line has. */
export type Fields = Record<string, unknown> & { time?: never; level?: never; event?: never }

export interface Log {
  debug(event: string, fields?: Fields): void
  info(event: string, fields?: Fields): void
  warn(event: string, fields?: Fields): void
  error(event: string, fields?: Fields): void
  /** The same log with these fields on every line. */
  child(fields: Fields): Log
}

export interface LogOptions {
  write(line: string): void
  level?: Level
  format?: 'json' | 'text'
  now?: () => number
}

export function createLog(options: LogOptions, bound: Fields = {}): Log {
  const { write, level = 'info', format = 'text', now = Date.now } = options
  const threshold = levels.indexOf(level)
  const render = format === 'json' ? renderJson : renderText
  const at = (of: Level) => (event: string, fields?: Fields) => {
    if (levels.indexOf(of) < threshold) return
    write(`${render(new Date(now()).toISOString(), of, event, { ...bound, ...fields })}\n`)
  }
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => createLog(options, { ...bound, ...fields }),
  }
}

export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLog,
}

function renderJson(time: string, level: Level, event: string, fields: Fields): string {
  return JSON.stringify({ time, level, event, ...fields }, (_key, value) => plain(value))
}

function renderText(time: string, level: Level, event: string, fields: Fields): string {
  const rest = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${textOf(value)}`)
    .join(' ')
  return `${time} ${level.padEnd(5)} ${event}${rest ? ` ${rest}` : ''}`
}

function textOf(value: unknown): string {
  const shown = plain(value)
  if (typeof shown === 'string' && !/[\s"=\p{Cc}]/u.test(shown)) return shown
  const json = JSON.stringify(shown, (_key, inner) => plain(inner)) ?? 'undefined'
  // JSON leaves these controls as they are, but U+009B begins an escape sequence in a terminal.
  return json.replaceAll(/[\x7f-\x9f]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`)
}

/** An Error as its message: stacks do not belong in a log that operators read. */
function plain(value: unknown): unknown {
  if (value instanceof Error) return value.message
  if (typeof value === 'bigint') return String(value)
  return value
}
