import type { Benchmark } from './benchmark.ts'
export const benchmark: Benchmark = async () => {
  throw new Error('todo')
}
