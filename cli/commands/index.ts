/** The whole command line. Every action imports what it needs, and only when it runs. */
import { farCommands } from './far.ts'
import type { Group } from './program.ts'
import { serverCommands } from './server.ts'
import { userCommands } from './users.ts'

/** In the order of `--help`. */
export const allCommands: readonly Group[] = [serverCommands, userCommands, ...farCommands]
