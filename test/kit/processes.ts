/** The processes of this machine as a test sees them, through /proc. */
import { readdirSync, readFileSync } from 'node:fs'

/** Pids of the tasks' processes of a runner that works in `folder`: their HOME lies in it. */
export function taskProcesses(folder: string): number[] {
  return pids().filter((pid) => read(pid, 'environ').includes(`\0HOME=${folder}`))
}

/** What a runner that was killed has left running. */
export function endTaskProcesses(folder: string): void {
  for (const pid of taskProcesses(folder)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // It has just ended.
    }
  }
}

/** Every command line, arguments separated by NUL. */
export function commandLines(): string[] {
  return pids().map((pid) => read(pid, 'cmdline'))
}

/** The command line of a process, arguments separated by blanks. */
export function commandLine(pid: number): string {
  return read(pid, 'cmdline').replaceAll('\0', ' ').trim()
}

/** The function of the kernel in which a process sleeps, such as `pipe_write`; '' or 0 if it does not. */
export function sleepsIn(pid: number): string {
  return read(pid, 'wchan')
}

/** Bytes that a process has written so far, to whatever it was. */
export function bytesWritten(pid: number): number {
  return Number(/^wchar: (\d+)$/m.exec(read(pid, 'io'))?.[1])
}

/** The most memory that a process has ever had, MB. */
export function peakMemory(pid: number): number {
  return Number(/^VmHWM:\s*(\d+) kB$/m.exec(read(pid, 'status'))?.[1]) / 1024
}

function pids(): number[] {
  return readdirSync('/proc').map(Number).filter(Boolean)
}

/** '' if it has just ended. */
function read(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return ''
  }
}
