/** The work that all scenarios give to runners: a script that counts, and what its log must then be. */
import { createHash } from 'node:crypto'
import type { Stage } from './scenario.ts'

export const file = 'count.sh'

/**
 * $1: a file in which each start of the script leaves its line, `<task>.<attempt>`
 * $2: lines to print   $3: lines in one go   $4: seconds between two goes
 */
export const script = `IFS=. read -r task attempt _ <<< "$OUTSTATION_ATTEMPT"
echo "$task.$attempt" >> "$1"
for ((from = 1; from <= $2; from += $3)); do
  for ((i = from; i < from + $3 && i <= $2; i++)); do echo "line $i of task $task attempt $attempt"; done
  sleep "$4"
done
`

export interface Pace {
  lines: number
  burst: number
  /** Seconds between two bursts. */
  pause: number
}

export function argumentsOf(spawned: string, { lines, burst, pause }: Pace): string {
  return JSON.stringify([spawned, String(lines), String(burst), String(pause)])
}

/** A counted line of a log, without the others that a runner adds. */
const line = /^line (\d+) of task (\d+) attempt (\d+)$/

export interface Held {
  task: number
  attempt: number
  /** What the server has, as text. */
  log: string
  /** False: the task was interrupted, and its log may end anywhere. */
  whole: boolean
}

/** Compares what the server holds of one log with what the script printed, number by number. */
export function compare({ task, attempt, log, whole }: Held, lines: number, stage: Stage): void {
  const got = log.split('\n').filter((text) => text.startsWith('line '))
  const expected = (count: number) =>
    Array.from({ length: count }, (_, i) => `line ${i + 1} of task ${task} attempt ${attempt}`)
  const wanted = expected(whole ? lines : Math.min(got.length, lines))
  stage.count('lines', got.length)
  if (digest(got) === digest(wanted)) return

  const named = `task ${task}.${attempt}`
  const numbers = got.map((text) => {
    const match = line.exec(text)
    const [number, ...names] = match?.slice(1).map(Number) ?? []
    const own = number !== undefined && number <= lines && names.join('.') === `${task}.${attempt}`
    if (!own) stage.wrong('digest differs', `${named}: holds a line that it never printed: ${text}`)
    return own ? number : 0
  })
  const seen = new Map<number, number>()
  let highest = 0
  for (const number of numbers.filter((one) => one > 0)) {
    const times = (seen.get(number) ?? 0) + 1
    seen.set(number, times)
    if (times > 1) stage.wrong('duplicate', `${named}: line ${number}, ${times} times`)
    else if (number < highest) stage.wrong('out of order', `${named}: ${number} after ${highest}`)
    highest = Math.max(highest, number)
  }
  for (const [from, to] of gaps(seen, whole ? lines : highest)) {
    const what = from === to ? `line ${from}` : `lines ${from} to ${to}`
    stage.wrong('lost', `${named}: ${what} of ${lines}`, to - from + 1)
  }
}

/** First and last number of each row of numbers up to `end` that are missing. */
function gaps(seen: ReadonlyMap<number, unknown>, end: number): [number, number][] {
  const found: [number, number][] = []
  for (let number = 1; number <= end; number += 1) {
    if (seen.has(number)) continue
    const last = found.at(-1)
    if (last?.[1] === number - 1) last[1] = number
    else found.push([number, number])
  }
  return found
}

function digest(lines: string[]): string {
  return createHash('sha256').update(lines.join('\n')).digest('hex')
}
