#!/usr/bin/env node
/** The program: what was typed is checked, found among the commands (cli/commands) and run. */
import { checkArguments, type Tree } from './cli/arguments.ts'
import { bin, createProgram } from './cli/commands/index.ts'
import { endWithReader, fail } from './cli/fail.ts'

endWithReader()
await main(process.argv.slice(2)).catch(fail)

async function main(given: readonly string[]): Promise<void> {
  const program = createProgram()
  if (given.length === 0) return program.help()
  const { tree } = program as unknown as { tree: Tree }
  const { args, ...kinds } = checkArguments(bin, tree, given)
  const found = program.parse(['', '', ...args], { lazy: true, ...kinds })
  // Nothing, if sade has printed help or version.
  await found?.handler(...found.args)
}
