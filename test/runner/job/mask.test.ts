import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Masker } from '../../../runner/job/mask.ts'

/** Masks these very words, in no disguise but escapes. */
function maskerOf(...texts: string[]): Masker {
  return Masker.of({ texts: texts.filter((text) => text !== ''), base64: [] })
}

function mask(secrets: string[], ...chunks: string[]): string {
  const masker = maskerOf(...secrets)
  const parts = chunks.map((chunk) => masker.push(Buffer.from(chunk)))
  return Buffer.concat([...parts, masker.end()]).toString()
}

const table: [name: string, secrets: string[], text: string, masked: string][] = [
  ['nothing to mask', [], 'as it is', 'as it is'],
  ['in the middle', ['secret'], 'a secret here', 'a *** here'],
  ['all of it', ['secret'], 'secret', '***'],
  ['one after the other is one run', ['secret'], 'secretsecret', '***'],
  [
    'the second starts while the first matches: one run',
    ['abcdef', 'defghi'],
    'xabcdefghiy',
    'x***y',
  ],
  ['one inside the other', ['abcdef', 'cd'], 'abcdef abcd', '*** ab***'],
  ['a longer one that starts before a found one', ['bcd', 'abcde'], 'abcde', '***'],
  ['the shorter stays found when the longer fails', ['bcd', 'abcde'], 'abcdx', 'a***x'],
  ['a false start inside a start', ['aab'], 'aaab', 'a***'],
  ['a start at the end is no secret', ['secret'], 'a secre', 'a secre'],
  ['a secret that repeats itself', ['abab'], 'ababab', '***'],
]

for (const [name, secrets, text, masked] of table) {
  test(`mask: ${name}`, () => {
    assert.equal(mask(secrets, text), masked)
    assert.equal(mask(secrets, ...text), masked, 'byte by byte')
  })
}

test('bytes that are no text pass unchanged', () => {
  const bytes = Buffer.from([0, 0xff, 0xc3, 0x28, 10, 0, 0x80])
  const masker = maskerOf('secret')
  assert.deepEqual(Buffer.concat([masker.push(bytes), masker.end()]), bytes)
})

test('only what may become a secret is held back', () => {
  const masker = maskerOf('secret')
  assert.equal(Buffer.from(masker.push(Buffer.from('password: se'))).toString(), 'password: ')
  assert.equal(Buffer.from(masker.push(Buffer.from('ven'))).toString(), 'seven')
})

test('masking the stream equals masking the whole, however it is cut', () => {
  // A small alphabet, so that secrets overlap, repeat and nearly match.
  const word = (size: { minLength: number; maxLength: number }) =>
    fc.array(fc.constantFrom('a', 'b', 'c'), size).map((letters) => letters.join(''))
  const secrets = fc.array(word({ minLength: 1, maxLength: 6 }), { maxLength: 4 })
  const chunks = fc.array(word({ minLength: 0, maxLength: 8 }), { maxLength: 12 })
  fc.assert(
    fc.property(secrets, chunks, (known, pieces) => {
      const whole = pieces.join('')
      assert.equal(mask(known, ...pieces), byDefinition(known, whole))
    }),
    { numRuns: 2000 },
  )
})

test('a hundred megabytes of nearly secrets take seconds, not minutes', () => {
  const masker = maskerOf('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab', 'another secret')
  const chunk = Buffer.alloc(64 * 1024, 'a')
  let bytes = 0
  for (let count = 0; count < 1600; count++) bytes += masker.push(chunk).length
  assert.equal(bytes + masker.end().length, 1600 * chunk.length)
})

/** The specification: all bytes of all occurrences are covered; each covered run is one `***`. */
function byDefinition(secrets: string[], text: string): string {
  const covered = new Array<boolean>(text.length).fill(false)
  for (const secret of secrets) {
    for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + 1)) {
      covered.fill(true, at, at + secret.length)
    }
  }
  let masked = ''
  for (const [at, letter] of [...text].entries()) {
    if (!covered[at]) masked += letter
    else if (!covered[at - 1]) masked += '***'
  }
  return masked
}
