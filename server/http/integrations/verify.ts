/** Does a request of another service show that it may? Each comparison takes the same time, right or wrong. */
import { createHmac } from 'node:crypto'
import type { Repository } from '../../../broker/job.ts'
import { equalDigests, sha256hex } from '../../../lib/ids.ts'
import type { IntegrationRow } from '../../store/integrations.ts'
import { type Incoming, textAt } from './request.ts'

type Key = Repository['key']
type Method = Pick<IntegrationRow, 'auth_method' | 'auth_header'>

export function isAllowed({ auth_method, auth_header }: Method, key: Key, incoming: Incoming) {
  if (auth_method === 'none') return true
  const secret = secretOf(key)
  // A key without a secret lets nobody in.
  if (secret === '') return false
  const header = (name: string) => {
    return textAt(incoming, { source: 'header', body_data_type: '', key: name }) ?? ''
  }
  switch (auth_method) {
    case 'token':
      return equalTexts(header(auth_header), secret)
    case 'basic':
      return equalTexts(header('authorization'), basic(loginOf(key), secret))
    case 'hmac':
      return isSigned(header(auth_header).replace(/^sha256=/, ''), secret, incoming.body)
    case 'github':
      return isSigned(digestOf(header('x-hub-signature-256')), secret, incoming.body)
    case 'bitbucket':
      return isSigned(digestOf(header('x-hub-signature')), secret, incoming.body)
    default:
      return auth_method satisfies never
  }
}

/** The password or text of a key; empty if it has none. */
export function secretOf(key: Key): string {
  if (key.type === 'login_password') return key.password
  return key.type === 'string' ? key.string : ''
}

function loginOf(key: Key): string {
  return key.type === 'login_password' ? key.login : ''
}

function basic(login: string, password: string): string {
  return `Basic ${Buffer.from(`${login}:${password}`).toString('base64')}`
}

function digestOf(signature: string): string {
  return /^sha256=(.*)$/.exec(signature)?.[1] ?? ''
}

function isSigned(digest: string, secret: string, body: Buffer): boolean {
  return equalDigests(digest, createHmac('sha256', secret).update(body).digest('hex'))
}

function equalTexts(one: string, other: string): boolean {
  return equalDigests(sha256hex(one), sha256hex(other))
}
