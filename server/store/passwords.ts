/** Passwords as scrypt hashes that carry their own cost: scrypt$N$r$p$salt$hash. */
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'
import { AppError } from '../../lib/errors.ts'

export interface PasswordCost {
  N: number
  r: number
  p: number
}

/** OWASP Password Storage Cheat Sheet, scrypt with 32 MiB; 0.2 to 0.6 s on a small server. */
export const defaultCost: PasswordCost = { N: 2 ** 15, r: 8, p: 3 }

const hashBytes = 32

/** @throws AppError `invalid` if the password is empty. */
export async function hashPassword(
  password: string,
  cost: PasswordCost = defaultCost,
): Promise<string> {
  if (password === '') throw new AppError('invalid', 'password: expected at least 1 character')
  const salt = randomBytes(16)
  const hash = await derive(password, salt, cost)
  const { N, r, p } = cost
  return ['scrypt', N, r, p, salt.toString('base64url'), hash.toString('base64url')].join('$')
}

/**
 * True if `password` made `stored`. Without a stored hash (no such user) it takes as long as with
 * one and says false, so that the answer's time does not tell which logins exist.
 */
export async function verifyPassword(
  password: string,
  stored: string | undefined,
): Promise<boolean> {
  const [scheme, N, r, p, salt = '', hash = ''] = (stored ?? (await decoy())).split('$')
  if (scheme !== 'scrypt') throw new AppError('damaged', 'users.password: expected scrypt$..')
  const cost = { N: Number(N), r: Number(r), p: Number(p) }
  const found = await derive(password, Buffer.from(salt, 'base64url'), cost)
  return timingSafeEqual(found, Buffer.from(hash, 'base64url')) && stored !== undefined
}

let decoyHash: Promise<string> | undefined
function decoy(): Promise<string> {
  decoyHash ??= hashPassword('decoy')
  return decoyHash
}

/**
 * One at a time: scrypt runs on the same few threads as SQLite, and a crowd that logs in at once
 * would stop every commit for as long as it takes to hash all their passwords.
 */
let turn: Promise<unknown> = Promise.resolve()
let waiting = 0
const mostWaiting = 32

async function derive(password: string, salt: Buffer, cost: PasswordCost): Promise<Buffer> {
  if (waiting >= mostWaiting) {
    throw new AppError('unavailable', 'too many logins at once', { fix: 'try again in a minute' })
  }
  waiting += 1
  const mine = turn.then(() => scryptOf(password, salt, cost))
  turn = mine.catch(() => {})
  try {
    return await mine
  } finally {
    waiting -= 1
  }
}

function scryptOf(password: string, salt: Buffer, { N, r, p }: PasswordCost): Promise<Buffer> {
  const options: ScryptOptions = { N, r, p, maxmem: 256 * N * r }
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFKC'), salt, hashBytes, options, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}
