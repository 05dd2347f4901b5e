/** One line at the foot of a terminal that says what the process does now; the log scrolls above it. */
import type { RunnerStatus } from '../runner/over.ts'

export interface StatusLine {
  /** Prints a line of the log above the status. */
  write(line: string): void
  show(text: string): void
  clear(): void
}

const eraseLine = '\r\x1b[2K'

export function createStatusLine(stream: NodeJS.WriteStream): StatusLine {
  let shown = ''
  const draw = (text: string) => {
    // A longer one would wrap, and its first half could never be erased.
    shown = text.slice(0, Math.max(0, (stream.columns ?? 80) - 1))
    stream.write(`${eraseLine}${shown}`)
  }
  return {
    write: (line) => void stream.write(`${eraseLine}${line}${shown}`),
    show: draw,
    clear: () => draw(''),
  }
}

/** E.g. "runner 7 · connected · 2 running · 12 chunks of log to deliver". */
export function statusText(status: RunnerStatus): string {
  const { runner, connected, draining, running, undelivered } = status
  return [
    `runner ${runner}`,
    connected ? 'connected' : 'not connected',
    ...(draining ? ['draining'] : []),
    running === 0 ? 'idle' : `${running} running`,
    ...(undelivered > 0 ? [`${undelivered} chunks of log to deliver`] : []),
  ].join(' · ')
}
