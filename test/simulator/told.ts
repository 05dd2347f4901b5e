/** The logs of the real programs, as lines of the story; nothing if nobody listens. */
import { createLog, type Log, silentLog } from '../../lib/log.ts'
import type { Life } from '../kit/timeline.ts'
import type { Story } from './story.ts'

export function logOf(story: Story, who: string, life: Life): Log {
  if (!story.told) return silentLog
  const write = (line: string) => {
    if (life.alive) story.note(() => `${who}: ${line.slice(line.indexOf(' ')).trim()}`)
  }
  return createLog({ write, level: 'debug', now: () => 0 })
}
