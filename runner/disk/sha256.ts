/**
 * SHA-256 (FIPS 180-4) whose state can be saved and taken up again, which node:crypto cannot do.
 * A spool needs it: when a log outgrows its cap, the head is dropped from disk, and after a crash
 * the digest of the whole log must still be told (D5).
 */
const fractions = (root: (prime: number) => number, count: number) =>
  Int32Array.from(primes(count), (prime) => Math.floor((root(prime) % 1) * 2 ** 32))
const initial = fractions(Math.sqrt, 8)
const constants = fractions(Math.cbrt, 64)
const blockBytes = 64

export class Sha256 {
  readonly #state = Int32Array.from(initial)
  readonly #words = new Int32Array(64)
  readonly #rest = Buffer.alloc(blockBytes)
  #length = 0

  /** Goes on where `saved` (from `save`) was taken. */
  static resume(saved: string): Sha256 {
    const hash = new Sha256()
    const bytes = Buffer.from(saved, 'base64')
    hash.#length = bytes.readDoubleLE(0)
    for (let i = 0; i < 8; i += 1) hash.#state[i] = bytes.readInt32LE(8 + 4 * i)
    bytes.copy(hash.#rest, 0, 40)
    return hash
  }

  save(): string {
    const head = Buffer.alloc(40)
    head.writeDoubleLE(this.#length, 0)
    for (let i = 0; i < 8; i += 1) head.writeInt32LE(this.#state[i] as number, 8 + 4 * i)
    return Buffer.concat([head, this.#rest]).toString('base64')
  }

  update(bytes: Uint8Array): this {
    const filled = this.#length % blockBytes
    this.#length += bytes.length
    let from = 0
    if (filled > 0) {
      from = Math.min(blockBytes - filled, bytes.length)
      this.#rest.set(bytes.subarray(0, from), filled)
      if (filled + from < blockBytes) return this
      this.#block(this.#rest, 0)
    }
    for (; from + blockBytes <= bytes.length; from += blockBytes) this.#block(bytes, from)
    this.#rest.set(bytes.subarray(from))
    return this
  }

  /** Of all bytes so far, in hex; more may follow. */
  digest(): string {
    const last = Sha256.resume(this.save())
    const padding = Buffer.alloc(blockBytes - ((this.#length + 8) % blockBytes) + 8)
    padding[0] = 0x80
    padding.writeBigUInt64BE(BigInt(this.#length) * 8n, padding.length - 8)
    last.update(padding)
    return Array.from(last.#state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('')
  }

  #block(bytes: Uint8Array, from: number): void {
    const w = this.#words
    for (let i = 0, at = from; i < 16; i += 1, at += 4) {
      w[i] =
        ((bytes[at] as number) << 24) |
        ((bytes[at + 1] as number) << 16) |
        ((bytes[at + 2] as number) << 8) |
        (bytes[at + 3] as number)
    }
    for (let i = 16; i < 64; i += 1) {
      const x = w[i - 15] as number
      const y = w[i - 2] as number
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3)
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10)
      w[i] = ((w[i - 16] as number) + s0 + (w[i - 7] as number) + s1) | 0
    }
    const state = this.#state
    let a = state[0] as number
    let b = state[1] as number
    let c = state[2] as number
    let d = state[3] as number
    let e = state[4] as number
    let f = state[5] as number
    let g = state[6] as number
    let h = state[7] as number
    for (let i = 0; i < 64; i += 1) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7))
      const choice = (e & f) ^ (~e & g)
      const t1 = (h + s1 + choice + (constants[i] as number) + (w[i] as number)) | 0
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10))
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
      h = g
      g = f
      f = e
      e = (d + t1) | 0
      d = c
      c = b
      b = a
      a = (t1 + t2) | 0
    }
    state[0] = (state[0] as number) + a
    state[1] = (state[1] as number) + b
    state[2] = (state[2] as number) + c
    state[3] = (state[3] as number) + d
    state[4] = (state[4] as number) + e
    state[5] = (state[5] as number) + f
    state[6] = (state[6] as number) + g
    state[7] = (state[7] as number) + h
  }
}

function primes(count: number): number[] {
  const found: number[] = []
  for (let n = 2; found.length < count; n += 1) if (found.every((prime) => n % prime)) found.push(n)
  return found
}
