/** Values of flags that are more than any text. */
import { isWebUrl } from '../lib/ask.ts'
import { AppError } from '../lib/errors.ts'
import type { ConfigFlags } from './config/load.ts'

/** @throws AppError `usage` */
export function numberOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new AppError('usage', `--${flag}: expected a number, got "${text}"`)
}

/** @throws AppError `usage` */
export function expectWebUrl(flag: string, text: string): string {
  if (isWebUrl(text)) return text
  throw new AppError('usage', `--${flag}: expected a URL such as https://host, got "${text}"`)
}

/** A configuration that is to be written. @throws AppError `usage` */
export function fileToWrite({ config }: ConfigFlags): string | undefined {
  if (config !== false) return config
  throw new AppError('usage', '--no-config: expected a file to write, got none', {
    fix: 'give --config FILE',
  })
}
