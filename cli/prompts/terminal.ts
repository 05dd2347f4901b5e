import * as clack from '@clack/prompts'
import type { Ask } from '../../lib/ask.ts'
import { AppError } from '../../lib/errors.ts'
import { isNo, isYes } from './yes-no.ts'

/** A person at a terminal. */
export const terminalAsk: Ask = {
  interactive: true,
  async text({ message, otherwise, wrong }) {
    return answered(
      await clack.text({
        message,
        ...(otherwise === undefined ? {} : { placeholder: otherwise, defaultValue: otherwise }),
        validate: (answer) => checked(answer, otherwise, wrong),
      }),
    )
  },
  async secret({ message, otherwise, wrong }) {
    const validate = (answer: string | undefined) => checked(answer, otherwise, wrong)
    return answered(await clack.password({ message, validate })) || (otherwise ?? '')
  },
  // A word and not a key, so that what is typed for Semaphore fits.
  async confirm({ message, otherwise = false }) {
    const usual = otherwise ? 'yes' : 'no'
    const answer = await clack.text({
      message: `${message} (yes/no)`,
      placeholder: usual,
      defaultValue: usual,
      validate: (typed) =>
        !typed || isYes(typed) || isNo(typed) ? undefined : 'expected yes or no',
    })
    return isYes(answered(answer))
  },
  say: (line) => console.log(line),
}

function checked(
  answer: string | undefined,
  otherwise: string | undefined,
  wrong: ((answer: string) => string | undefined) | undefined,
): string | undefined {
  if (answer) return wrong?.(answer)
  return otherwise === undefined ? 'an answer is needed' : undefined
}

function answered<T>(answer: T): Exclude<T, symbol> {
  if (clack.isCancel(answer)) throw new AppError('invalid', 'cancelled; nothing was written')
  return answer as Exclude<T, symbol>
}
