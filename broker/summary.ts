/** What a tool itself says of its work in numbers: part of a result, for people and for programs. */
import Type from 'typebox'
import { Compile } from 'typebox/compile'

const Count = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })

/** Ansible's recap of one host. */
const counts = {
  ok: Count,
  changed: Count,
  unreachable: Count,
  failed: Count,
  skipped: Count,
  rescued: Count,
  ignored: Count,
}
export const HostRecap = Type.Object({ host: Type.String({ maxLength: 255 }), ...counts })
export type HostRecap = Type.Static<typeof HostRecap>

export const AnsibleSummary = Type.Object({
  kind: Type.Literal('ansible'),
  /** Over all hosts, also those that found no room in `hosts`. */
  total: Type.Object({ hosts: Count, ...counts }),
  /** In the order of the recap; where not all find room, those that failed go first. */
  hosts: Type.Array(HostRecap, { maxItems: 1000 }),
})
export type AnsibleSummary = Type.Static<typeof AnsibleSummary>

/** Of resources. */
export const ChangeCounts = Type.Object({
  import: Count,
  add: Count,
  change: Count,
  destroy: Count,
})
export type ChangeCounts = Type.Static<typeof ChangeCounts>

export const TerraformSummary = Type.Object({
  kind: Type.Literal('terraform'),
  planned: ChangeCounts,
  /** null when nothing was applied, or not to its end. */
  applied: Type.Union([ChangeCounts, Type.Null()]),
})
export type TerraformSummary = Type.Static<typeof TerraformSummary>

export const Summary = Type.Union([AnsibleSummary, TerraformSummary])
export type Summary = Type.Static<typeof Summary>

/** As JSON; with the rest of a result it must fit into a record of the runner's journal. */
export const summaryBytes = 32_768

const validator = Compile(Summary)

/** undefined for none, for one that is too large, and for a kind that this program does not know. */
export function knownSummary(value: unknown): Summary | undefined {
  if (value === undefined || !validator.Check(value)) return undefined
  return Buffer.byteLength(JSON.stringify(value)) <= summaryBytes ? (value as Summary) : undefined
}
