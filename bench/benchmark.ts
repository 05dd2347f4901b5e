/** What a benchmark is, and the few numbers that are made of many. */

/** Each benchmark has numbers of its own that are usual. */
export interface Options {
  /** How often. */
  runs?: number | undefined
  /** How many, where there are many. */
  runners?: number | undefined
}

export type Benchmark = (options?: Options) => Promise<Report>

export interface Report {
  /** What was measured, in a line. */
  title: string
  unit: string
  rows: Row[]
  /** Further figures, a line each. */
  notes?: string[]
  /** Ours by the least that it can cost, both from this run; absent where there is no such thing. */
  ratio?: number
  /** What is promised of it; empty where it only shows what is. */
  aims: Aim[]
}

/** A figure of this run, and how much it may be. */
export interface Aim {
  /** What the figure is. */
  name: string
  got: number
  atMost: number
  /** Empty for a ratio. */
  unit: string
}

/** False also for what was not measured. */
export function isReached({ got, atMost }: Aim): boolean {
  return got <= atMost
}

export interface Row {
  name: string
  p50: number
  p95: number
  runs: number
}

export function row(name: string, values: readonly number[]): Row {
  return { name, p50: percentile(values, 50), p95: percentile(values, 95), runs: values.length }
}

/** Nearest rank: a value that was really measured. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN
}

/** Wall clock with parts of a millisecond, so that other processes of this machine can compare. */
export function wallClock(): number {
  return performance.timeOrigin + performance.now()
}
