/** `python3 SCRIPT ..` */
import { shellApp } from './shell.ts'

export const python = shellApp({
  program: 'python3',
  // Else Python keeps its output back until there are 8 KiB of it, and the live log stands still.
  env: { PYTHONUNBUFFERED: '1' },
  fix: 'install python3',
})
