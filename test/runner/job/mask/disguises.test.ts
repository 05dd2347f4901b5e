/** Random secrets, in random disguises, cut at random: what the log shows of them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Masker } from '../../../../runner/job/mask.ts'
import { formsOf } from '../../../../runner/job/secrets.ts'

const special = ` '"\\$&<>%+/=?#~!()*;|\`{}[]äß€𝄞`
/** A first and a last letter that no encoder touches and no trimming takes: A1..Z9 are in no noise. */
const secret = fc
  .array(fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789', ...special), {
    minLength: 2,
    maxLength: 90,
  })
  .map((letters) => `Q1${letters.join('')}Z9`)
const multiline = fc.array(secret, { minLength: 2, maxLength: 4 }).map((lines) => lines.join('\n'))
const noise = fc.stringMatching(/^[a-z .:\n]{0,20}$/)

const json = (text: string) => JSON.stringify(text).slice(1, -1)
const unicode = (text: string) =>
  text.replace(/[^A-Za-z0-9]/g, (unit) =>
    [...Array(unit.length).keys()]
      .map((at) => `\\u${unit.charCodeAt(at).toString(16).padStart(4, '0')}`)
      .join(''),
  )
const percent = (keep: RegExp, upper: boolean) => (text: string) =>
  [...Buffer.from(text)]
    .map((byte) => {
      const letter = String.fromCharCode(byte)
      const digits = byte.toString(16).padStart(2, '0')
      return keep.test(letter) ? letter : `%${upper ? digits.toUpperCase() : digits}`
    })
    .join('')

const disguises: Record<string, (text: string) => string> = {
  'as it is': (text) => text,
  JSON: json,
  'JSON in JSON': (text) => json(json(text)),
  'JSON of pure ASCII': unicode,
  'single quotes of the shell': (text) => text.replaceAll("'", "'\\''"),
  'single quotes of Python': (text) => text.replaceAll("'", `'"'"'`),
  'a backslash before all that is special': (text) => text.replace(/[^\wäß€𝄞\n]/gu, '\\$&'),
  'octal numbers': (text) =>
    [...Buffer.from(text)]
      .map((byte) =>
        byte > 126 || byte === 92
          ? `\\${byte.toString(8).padStart(3, '0')}`
          : String.fromCharCode(byte),
      )
      .join(''),
  URL: encodeURIComponent,
  'URL in lower case': percent(/[A-Za-z0-9/]/, false),
  'URL of which everything is encoded': percent(/[^\s\S]/, true),
  form: (text) => new URLSearchParams({ k: text }).toString().slice(2),
}

for (const [name, disguise] of Object.entries(disguises)) {
  test(`no secret in the form of ${name} is shown, however the stream is cut`, () => {
    fc.assert(
      fc.property(secret, noise, noise, cuts(), (text, before, after, sizes) => {
        const shown = masked([text], `${before}${disguise(text)}${after}`, sizes)
        assert.equal(shown, `${before}***${after}`)
      }),
    )
  })
}

test('nothing of a secret is shown in base64, at any place, broken into lines of any width', () => {
  const widths = fc.constantFrom(0, 20, 60, 64, 76)
  const breaks = fc.constantFrom('\n', '\r\n', '\\n', '\n    ', '",\n  "')
  const url = fc.boolean()
  fc.assert(
    fc.property(secret, noise, noise, widths, breaks, url, cuts(), (...drawn) => {
      const [text, before, after, width, end, forUrls, sizes] = drawn
      const encoding = forUrls ? 'base64url' : 'base64'
      const encoded = Buffer.from(`${before}${text}${after}`).toString(encoding)
      const printed =
        width === 0 ? encoded : encoded.replace(RegExp(`.{${width}}(?=.)`, 'g'), `$&${end}`)
      const shown = masked([text], printed, sizes)
      // What is left of both ends decodes to the noise, and at most one byte of each end of the secret;
      // where its line is at an end, up to three characters more of its beginning were given out by then.
      const early = width === 0 ? 0 : 3
      const left = shown.split('***').map((part) => part.replaceAll(end, ''))
      const inside = encodedInside(before, text)
      assert.equal(left.length, 2, shown)
      assert.ok((left[0] as string).length <= inside.start + early, shown)
      assert.ok((left[1] as string).length <= encoded.length - inside.end, shown)
    }),
    { numRuns: 500 },
  )
})

test('a line does not wait for the next one, though base64 could begin with its end', () => {
  const masker = Masker.of(formsOf(['secret value']))
  for (const line of ['c', 'c2', 'c2V', 'printed c2V']) {
    assert.equal(String(masker.push(Buffer.from(`${line}\n`))), `${line}\n`)
  }
  const shown = ['c2Vj', 'cmV0IHZhbHVl', 'c2V', 'jcmV0IHZhbHVl'].map((line) =>
    String(masker.push(Buffer.from(`${line}\n`))),
  )
  assert.deepEqual(shown, ['', '', '***\nc2V\n', ''], 'what could be it is held, the rest hidden')
  assert.equal(String(masker.end()), '***\n')
})

test('every line of a secret is hidden, alone and with the others', () => {
  fc.assert(
    fc.property(multiline, noise, cuts(), (text, between, sizes) => {
      const lines = text.split('\n')
      const shown = masked([text], `${lines.join(`\r\n${between}`)} ${json(text)}`, sizes)
      for (const line of lines) assert.ok(!shown.includes(line), shown)
    }),
  )
})

test('what holds no secret passes byte for byte, whatever it holds', () => {
  // No byte of a secret's first letter: nothing can be a secret, and everything else may come.
  const bytes = fc.uint8Array({ maxLength: 200 }).map((all) => all.filter((byte) => byte !== 0x51))
  const escapes = fc
    .array(
      fc.constantFrom('\\', '\\u', '\\ud83d', '\\x4', '%', '%4', '%c3', '\\7', '\n', '"', 'Z9'),
    )
    .map((parts) => Buffer.from(parts.join('')))
  fc.assert(
    fc.property(secret, fc.array(fc.oneof(bytes, escapes)), cuts(), (text, parts, sizes) => {
      const whole = Buffer.concat(parts)
      const masker = Masker.of({ texts: [text], base64: [] })
      assert.deepEqual(
        Buffer.concat(
          pieces(whole, sizes)
            .map((piece) => masker.push(piece))
            .concat([masker.end()]),
        ),
        whole,
      )
    }),
  )
})

test('what is held back is bounded by the secret, not by the stream', () => {
  const encoded = Buffer.from('Q1').toString('base64').slice(0, 2)
  const parts = [
    'Q1',
    'Q',
    '\\',
    '\\u',
    '\\u0051',
    '\\ud83d',
    '\\u1',
    '\\x5',
    '\\1',
    '%',
    '%5',
    '%51',
    encoded,
    '\n',
    '"',
    '\\n',
    ' ',
  ]
  const some = fc.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 3 })
  fc.assert(
    fc.property(some, some, (start, again) => {
      const masker = Masker.of(formsOf(['Q1 a secret, and a rather long one, Z9']))
      let taken = 0
      let given = 0
      const push = (text: string) => {
        taken += Buffer.byteLength(text)
        given += masker.push(Buffer.from(text)).length
        assert.ok(
          taken - given < 64 * 65 * 2,
          `${JSON.stringify([start, again])}: ${taken - given} bytes held`,
        )
      }
      push(start.join(''))
      for (let turn = 0; turn < 3000; turn++) push(again.join(''))
    }),
    {
      numRuns: 200,
      examples: [
        [['Q1'], ['\\u0051']],
        [['\\ud83d'], ['\\u1']],
        [[encoded], ['\n']],
      ],
    },
  )
})

/** Sizes of the chunks that a stream comes in, over and over. */
function cuts(): fc.Arbitrary<number[]> {
  return fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 })
}

function masked(secrets: string[], text: string, sizes: readonly number[]): string {
  const masker = Masker.of(formsOf(secrets))
  const parts = pieces(Buffer.from(text), sizes).map((piece) => masker.push(piece))
  return Buffer.concat([...parts, masker.end()]).toString()
}

function pieces(whole: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const parts: Uint8Array[] = []
  for (let at = 0, turn = 0; at < whole.length; turn++) {
    const size = sizes[turn % sizes.length] as number
    parts.push(whole.subarray(at, at + size))
    at += size
  }
  return parts
}

/** Which characters of the base64 of `before` + `text` + .. the text alone decides. */
function encodedInside(before: string, text: string): { start: number; end: number } {
  const start = Buffer.byteLength(before) * 8
  const end = start + Buffer.byteLength(text) * 8
  return { start: Math.ceil(start / 6), end: Math.floor(end / 6) }
}
