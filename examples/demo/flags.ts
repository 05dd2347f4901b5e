import { parseArgs } from 'node:util'
import { lineOf } from '../../lib/errors.ts'

/** Ends the process with 2 when it was called wrongly. */
export function flags(args: string[]): { once: boolean } {
  try {
    const { values } = parseArgs({ args, options: { once: { type: 'boolean', default: false } } })
    return { once: values.once }
  } catch (error) {
    console.error(`demo: ${lineOf(error)}; call it as: npm run demo [-- --once]`)
    process.exit(2)
  }
}
