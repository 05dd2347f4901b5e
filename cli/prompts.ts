/** Answers for the wizards: from a person at a terminal, else line by line from a pipe. */
import type { Ask } from '../lib/ask.ts'
import { askPipe } from './prompts/pipe.ts'

/** Runs `work` with whoever is there to answer. */
export async function withAsk<T>(work: (ask: Ask) => Promise<T>): Promise<T> {
  if (process.stdin.isTTY && process.stdout.isTTY) {
    const { terminalAsk } = await import('./prompts/terminal.ts')
    return await work(terminalAsk)
  }
  return await askPipe(process.stdin, process.stdout, work)
}
