/** The address of a webhook, as far as it can be judged before anything is sent there. */
import { AppError } from '../../../lib/errors.ts'
import type { AddressGuard } from './address-guard.ts'

/** @throws AppError `invalid` with what is wrong with it. */
export function checkTarget(text: string, guard: AddressGuard): void {
  if (!URL.canParse(text)) {
    throw new AppError('invalid', 'url: expected https://HOST/PATH, got no URL')
  }
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') {
    throw new AppError('invalid', 'url: expected no user and password in it', {
      fix: 'the signature already tells the receiver who sends',
    })
  }
  guard.check(url)
}
