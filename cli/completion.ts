/** `outstation completion`: what a shell needs to complete commands and flags, from the command table. */

import { AppError } from '../lib/errors.ts'
import type { Tree } from './arguments.ts'
import { bashCompletion } from './completion/bash.ts'
import { fishCompletion } from './completion/fish.ts'
import { placesOf } from './completion/places.ts'
import { zshCompletion } from './completion/zsh.ts'

const shells = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion }

export function printCompletion(shell: string, bin: string, tree: Tree): void {
  if (!Object.hasOwn(shells, shell)) {
    throw new AppError('usage', `expected ${Object.keys(shells).join(', ')}, got "${shell}"`)
  }
  process.stdout.write(shells[shell as keyof typeof shells](bin, placesOf(tree)))
}
