/** Every app that this runner knows. */
import { AppError } from '../../../lib/errors.ts'
import { ansible } from './ansible.ts'
import type { App } from './app.ts'
import { bash } from './bash.ts'

const apps: Readonly<Record<string, App>> = { ansible, bash }

/** Throws AppError `tool` for an app that this runner does not know. */
export function appNamed(name: string): App {
  const app = Object.hasOwn(apps, name) ? apps[name] : undefined
  if (app) return app
  const known = Object.keys(apps).join(', ')
  throw new AppError('tool', `app ${name}: not supported by this runner yet`, {
    fix: `it runs ${known}`,
  })
}
