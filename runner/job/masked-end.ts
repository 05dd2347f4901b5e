/** The end of a job as it may leave the runner: every text in it masked, no line too long. */
import type { Summary } from '../../broker/summary.ts'
import type { JobEnd } from '../core/job-end.ts'
import type { Masker } from './mask.ts'

/** The longest line that a result may hold (broker/messages.ts). */
const maxLine = 4096

export function maskedEnd(end: JobEnd, masker: Masker): JobEnd {
  const line = (text: string | null) => text && masker.text(text).slice(0, maxLine)
  return {
    ...end,
    reason: line(end.reason),
    commit_message: line(end.commit_message),
    ...(end.summary && { summary: maskedSummary(end.summary, masker) }),
  }
}

/** A host may be called as a secret is; numbers tell nothing. */
function maskedSummary(summary: Summary, masker: Masker): Summary {
  if (summary.kind !== 'ansible') return summary
  const hosts = summary.hosts.map((recap) => ({ ...recap, host: masker.text(recap.host) }))
  return { ...summary, hosts }
}
