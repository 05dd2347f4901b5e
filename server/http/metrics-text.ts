/** Numbers as Prometheus reads them: its text format 0.0.4. */
export interface Family {
  /** Without the prefix of this program. */
  name: string
  help: string
  type: 'gauge' | 'counter'
  /** Absent = one sample without a label. */
  label?: string
  samples: readonly (readonly [label: string, value: number])[]
}

export function metricsText(families: readonly Family[]): string {
  return families.map(textOf).join('')
}

function textOf({ name, help, type, label, samples }: Family): string {
  const full = `outstation_${name}`
  const lines = samples.map(([value, number]) => {
    const labels = label === undefined ? '' : `{${label}="${escaped(value)}"}`
    return `${full}${labels} ${number}\n`
  })
  return [`# HELP ${full} ${help}\n`, `# TYPE ${full} ${type}\n`, ...lines].join('')
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
