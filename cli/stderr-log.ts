import { createLog, type Log, type LogOptions } from '../lib/log.ts'

/** stdout is for data, the log goes beside it. */
export function stderrLog(options: Pick<LogOptions, 'level' | 'format'>): Log {
  return createLog({ ...options, write: (line) => void process.stderr.write(line) })
}
