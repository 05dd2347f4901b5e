/** Reads what Terraform says of its plan and of what it has done. */
import type { ChangeCounts, TerraformSummary } from '../../../broker/summary.ts'

const planned = /^Plan: (?:(\d+) to import, )?(\d+) to add, (\d+) to change, (\d+) to destroy/
const applied =
  /^Apply complete! Resources: (?:(\d+) imported, )?(\d+) added, (\d+) changed, (\d+) destroyed/
/** Terragrunt says whose line it passes on: `10:04:07.213 STDOUT terraform: Plan: ..`. */
const prefix = /^\d\d:\d\d:\d\d\.\d+ STDOUT \S+: /

const none: ChangeCounts = { import: 0, add: 0, change: 0, destroy: 0 }

/** Lines come without colours. Of several modules, as Terragrunt may have, the counts are added up. */
export class PlanReader {
  #planned: ChangeCounts | null = null
  #applied: ChangeCounts | null = null
  #nothing = false
  #something = false

  /** A line of `plan`. */
  plan(line: string): void {
    const text = line.replace(prefix, '')
    const counts = planned.exec(text)
    if (counts) this.#planned = sum(this.#planned, countsOf(counts))
    if (counts || text.startsWith('Changes to Outputs:')) this.#something = true
    if (text.startsWith('No changes.')) this.#nothing = true
  }

  /** A line of `apply`, which shows the plan once more. */
  apply(line: string): void {
    const counts = applied.exec(line.replace(prefix, ''))
    if (counts) this.#applied = sum(this.#applied, countsOf(counts))
  }

  /** The plan says so; then there is nothing to ask and nothing to apply. */
  get noChanges(): boolean {
    return this.#nothing && !this.#something
  }

  /** undefined when it came to no plan. */
  get summary(): TerraformSummary | undefined {
    if (!this.#nothing && !this.#something) return undefined
    return { kind: 'terraform', planned: this.#planned ?? none, applied: this.#applied }
  }
}

function countsOf(match: RegExpExecArray): ChangeCounts {
  const counts = match.slice(1).map((text) => Number(text ?? 0))
  const [imported = 0, add = 0, change = 0, destroy = 0] = counts
  return { import: imported, add, change, destroy }
}

function sum(a: ChangeCounts | null, b: ChangeCounts): ChangeCounts {
  if (a === null) return b
  return {
    import: a.import + b.import,
    add: a.add + b.add,
    change: a.change + b.change,
    destroy: a.destroy + b.destroy,
  }
}
