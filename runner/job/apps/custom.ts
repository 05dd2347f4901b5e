/** `NAME SCRIPT ..`, or whatever the runner's `apps.NAME` says: its owner decides what can be run. */
import type { App } from './app.ts'
import { shellApp } from './shell.ts'

export function custom(name: string): App {
  return shellApp({ program: name, fix: `install it, or set apps.${name}.path` })
}
