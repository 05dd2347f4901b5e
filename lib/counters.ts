/** Numbers that only grow while the process lives: a name, and one label of few values. */
export interface Counters {
  add(name: string, label: string, by?: number): void
  /** Label and number of each that was counted. */
  of(name: string): [label: string, count: number][]
}

export function createCounters(): Counters {
  const counts = new Map<string, Map<string, number>>()
  return {
    add(name, label, by = 1) {
      const labels = counts.get(name) ?? new Map<string, number>()
      counts.set(name, labels.set(label, (labels.get(label) ?? 0) + by))
    },
    of: (name) => [...(counts.get(name) ?? [])],
  }
}
