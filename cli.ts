#!/usr/bin/env node
/** The program. */
import { allCommands } from './cli/commands/index.ts'
import { run } from './cli/run.ts'

await run(allCommands)
