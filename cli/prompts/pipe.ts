import { createInterface } from 'node:readline'
import type { Ask, Question } from '../../lib/ask.ts'
import { AppError } from '../../lib/errors.ts'
import { isNo, isYes } from './yes-no.ts'

/** Answers that come line by line, `yes` and `no` included; an empty line takes the usual answer. */
export async function askPipe<T>(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
  work: (ask: Ask) => Promise<T>,
): Promise<T> {
  const lines = createLines(input)
  const say = (line: string) => void output.write(`${line}\n`)

  async function answer(question: Question<unknown>): Promise<string> {
    say(question.message)
    const line = (await lines.next())?.trim()
    if (line || question.otherwise !== undefined) return line ?? ''
    throw refused(question, 'an answer', line === undefined ? 'the end of the input' : 'nothing')
  }
  async function text(question: Question): Promise<string> {
    const line = (await answer(question)) || (question.otherwise ?? '')
    const wrong = line === question.otherwise ? undefined : question.wrong?.(line)
    if (wrong !== undefined) throw new AppError('usage', `${question.message}: ${wrong}`)
    return line
  }
  const ask: Ask = {
    interactive: false,
    text,
    secret: text,
    async confirm(question) {
      const line = await answer(question)
      if (line === '') return question.otherwise ?? false
      if (isYes(line)) return true
      if (isNo(line)) return false
      throw refused(question, 'yes or no', 'another answer')
    },
    say,
  }
  try {
    return await work(ask)
  } finally {
    lines.close()
  }
}

/** Opened at the first question: a command that asks nothing leaves standard input alone. */
function createLines(input: NodeJS.ReadableStream) {
  let opened: ReturnType<typeof open> | undefined
  const open = () => {
    const reader = createInterface({ input })
    return { reader, lines: reader[Symbol.asyncIterator]() }
  }
  return {
    async next(): Promise<string | undefined> {
      opened ??= open()
      const { done, value } = await opened.lines.next()
      return done ? undefined : value
    },
    close(): void {
      opened?.reader.close()
    },
  }
}

function refused({ message, flag }: Question<unknown>, expected: string, got: string): AppError {
  return new AppError('usage', `${message}: expected ${expected}, got ${got}`, {
    fix: `or give ${flag}`,
  })
}
