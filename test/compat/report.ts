/** Findings as a table for people and as JSON for programs. */
import { reasonOf } from './differences.ts'
import type { Finding } from './walk.ts'

export interface Judged extends Finding {
  /** Why each difference is so; null = nobody has said. */
  reasons: (string | null)[]
}

export interface Report {
  spec: string
  operations: number
  answered: number
  differs: number
  missing: number
  /** Operations with a difference, or a lack, that nobody has explained. */
  unexplained: string[]
  findings: Judged[]
}

export function report(spec: string, findings: readonly Finding[]): Report {
  const judged = findings.map((one) => ({
    ...one,
    reasons: one.differences.map((line) => reasonOf(one, line) ?? null),
  }))
  const count = (verdict: Finding['verdict']) =>
    findings.filter((one) => one.verdict === verdict).length
  return {
    spec,
    operations: findings.length,
    answered: count('answered'),
    differs: count('differs'),
    missing: count('missing'),
    unexplained: judged
      .filter(({ reasons }) => reasons.includes(null))
      .map(({ operation }) => operation),
    findings: judged,
  }
}

/** A row an operation; below it each difference, with `!` if nobody has said why it is so. */
export function table({ spec, findings, unexplained, ...counts }: Report): string {
  const width = Math.max(...findings.map(({ operation }) => operation.length))
  const rows = findings.flatMap(({ operation, verdict, differences, reasons }) => [
    `${operation.padEnd(width)}  ${verdict}`,
    ...differences.map((line, at) => {
      const reason = reasons[at]
      return reason === null ? `  ! ${line}` : `    ${line}: ${reason}`
    }),
  ])
  const { operations, answered, differs, missing } = counts
  const sums = `${operations} operations: ${answered} as documented, ${differs} differ, ${missing} missing; ${unexplained.length} of these unexplained`
  return [`Semaphore ${spec}`, '', ...rows, '', sums].join('\n')
}
