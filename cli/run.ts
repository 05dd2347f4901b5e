/** What was typed is checked, found among the commands (cli/commands) and run. */
import { checkArguments, type Tree } from './arguments.ts'
import { bin, createProgram, type Group } from './commands/program.ts'
import { endWithReader, fail } from './fail.ts'

export async function run(groups: readonly Group[]): Promise<void> {
  endWithReader()
  await find(groups, process.argv.slice(2)).catch(fail)
}

async function find(groups: readonly Group[], given: readonly string[]): Promise<void> {
  const program = createProgram(groups)
  if (given.length === 0) return program.help()
  const { tree } = program as unknown as { tree: Tree }
  const { args, ...kinds } = checkArguments(bin, tree, given)
  const found = program.parse(['', '', ...args], { lazy: true, ...kinds })
  // Nothing, if sade has printed help or version.
  await found?.handler(...found.args)
}
