#!/usr/bin/env node
/**
 * The program as far as it is of use away from the server. Bundled by cli/vite.config.ts into the one file
 * that the server gives to its runners: nothing here may need the database, the broker or the HTTP server.
 */
import { farCommands } from './commands/far.ts'
import { run } from './run.ts'

await run(farCommands)
