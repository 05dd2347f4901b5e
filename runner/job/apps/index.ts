/** Every app that this runner knows: its own, and those that its configuration names. */
import { AppError } from '../../../lib/errors.ts'
import type { JobSettings } from '../context.ts'
import { ansible } from './ansible.ts'
import type { App } from './app.ts'
import { bash } from './bash.ts'
import { custom } from './custom.ts'
import { powershell } from './powershell.ts'
import { python } from './python.ts'
import { terraform } from './terraform.ts'
import { terragrunt } from './terragrunt.ts'
import { tofu } from './tofu.ts'

const builtIn: Readonly<Record<string, App>> = {
  ansible,
  bash,
  powershell,
  python,
  terraform,
  terragrunt,
  tofu,
}

/** The built-in ones, and those of the runner's owner. */
export function appNames(settings: NonNullable<JobSettings['apps']>): string[] {
  return [...new Set([...Object.keys(builtIn), ...Object.keys(settings)])]
}

/**
 * An app that is not built in must be named in the runner's `apps`: a template alone must not make a
 * runner start just any program. Throws AppError `tool` for others and for what is switched off.
 */
export function appNamed(name: string, settings: NonNullable<JobSettings['apps']> = {}): App {
  const own = Object.hasOwn(settings, name) ? settings[name] : undefined
  if (own?.active === false) {
    throw new AppError('tool', `app ${name}: switched off on this runner`, {
      fix: `set apps.${name}.active in its configuration`,
    })
  }
  if (Object.hasOwn(builtIn, name)) return builtIn[name] as App
  if (own) return custom(name)
  const known = appNames(settings).join(', ')
  throw new AppError('tool', `app ${name}: not known to this runner, which runs ${known}`, {
    fix: `name it under apps in its configuration`,
  })
}
