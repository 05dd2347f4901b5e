import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { frame, scan, sizeOf } from '../../../runner/disk/records.ts'

const max = 100
const texts = ['first', 'the second', 'third one', 'and a last']

/** As if each record had been appended and fsynced alone. */
function fileOf(payloads: Uint8Array[]): Buffer {
  let bytes = Buffer.alloc(0)
  for (const payload of payloads) bytes = Buffer.concat([bytes, frame(payload, bytes.length)])
  return bytes
}

const payloads = texts.map((text) => Buffer.from(text))
const bytes = fileOf(payloads)
const startOfLast = sizeOf(payloads.slice(0, -1))

test('what was framed is scanned again, whatever it is', () => {
  const payload = fc.uint8Array({ minLength: 1, maxLength: max })
  fc.assert(
    fc.property(fc.array(payload, { minLength: 1 }), (list) => {
      const scanned = scan(fileOf(list), max)
      assert.equal(scanned.rest, 'nothing')
      assert.deepEqual(
        scanned.payloads.map((found) => Uint8Array.from(found)),
        list.map((given) => Uint8Array.from(given)),
      )
    }),
  )
})

test('a tail torn at any byte of the last record costs that record only', () => {
  for (let length = startOfLast + 1; length < bytes.length; length += 1) {
    const { payloads: found, good, rest } = scan(bytes.subarray(0, length), max)
    assert.deepEqual([found.map(String), good, rest], [texts.slice(0, -1), startOfLast, 'torn'])
  }
})

test('a power cut may leave zeros where the last record was to be', () => {
  const { good, rest } = scan(Buffer.concat([bytes, Buffer.alloc(5000)]), max)
  assert.deepEqual([good, rest], [bytes.length, 'torn'])
})

test('any flipped bit is found, and is damage unless it lies in the last record', () => {
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const flipped = Buffer.from(bytes)
    flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7))
    const { payloads: found, rest } = scan(flipped, max)
    const hit = texts.findIndex((_, index) => bit >> 3 < sizeOf(payloads.slice(0, index + 1)))
    assert.deepEqual(found.map(String), texts.slice(0, hit), `bit ${bit}`)
    assert.equal(rest, hit === texts.length - 1 ? 'torn' : 'damaged', `bit ${bit}`)
  }
})

test('records of one append that a power cut left holes in were promised to nobody', () => {
  const batch = payloads.map((payload) => frame(payload, bytes.length))
  batch[1]?.fill(0)
  const { payloads: found, rest } = scan(Buffer.concat([bytes, ...batch]), max)
  assert.deepEqual([found.length, rest], [texts.length + 1, 'torn'])
})

test('a file that lost its first record, or everything, is damaged', () => {
  assert.equal(scan(Buffer.alloc(0), max).rest, 'damaged')
  assert.equal(scan(bytes.subarray(0, 7), max).rest, 'damaged')
})

test('a length beyond the limit is damage, not a reason to read on', () => {
  const wild = Buffer.from(bytes)
  wild.writeUInt32LE(0xffff_ffff, sizeOf(payloads.slice(0, 1)))
  const { payloads: found, rest } = scan(wild, max)
  assert.deepEqual([found.map(String), rest], [texts.slice(0, 1), 'damaged'])
})
