/** A client that asks on and on, at its own pace: what is slow does not keep it from asking again. */
import { performance } from 'node:perf_hooks'
import type { KeptConnection } from '../kept-connection.ts'

export interface Poll {
  /** Stops asking; resolves with what each answer took, ms. */
  end(): Promise<number[]>
}

const everyMs = 20

export function poll(http: KeptConnection, path: string): Poll {
  const answers: Promise<number>[] = []
  const ask = async () => {
    const begun = performance.now()
    await http.get(path)
    return performance.now() - begun
  }
  const timer = setInterval(() => {
    const answer = ask()
    answer.catch(() => {})
    answers.push(answer)
  }, everyMs)
  return {
    end() {
      clearInterval(timer)
      return Promise.all(answers)
    },
  }
}
