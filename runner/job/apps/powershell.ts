/** `pwsh -File SCRIPT ..`; Semaphore says `powershell`, which only Windows has. */
import { shellApp } from './shell.ts'

export const powershell = shellApp({
  program: 'pwsh',
  args: ['-File'],
  fix: 'install PowerShell 7, or set apps.powershell.path',
})
