/** `bash SCRIPT ..` */
import { shellApp } from './shell.ts'

export const bash = shellApp({ program: 'bash', fix: 'install bash' })
