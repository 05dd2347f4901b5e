import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Answers, answersOf } from '../../../server/store/survey.ts'
import type { SurveyVar } from '../../../server/store/templates.ts'

const size: SurveyVar = {
  name: 'size',
  type: 'enum',
  values: [
    { name: 'Small', value: 's' },
    { name: 'Large', value: 'l' },
  ],
}

function answers(survey: SurveyVar[], given: Partial<Answers> = {}): Answers {
  return answersOf(survey, { environment: {}, secret: {}, ...given })
}

test('what is asked for and not answered', () => {
  const missing = /^environment\.a: expected an answer to the survey, got nothing$/
  for (const a of [undefined, null, '']) {
    const given = { environment: { a } }
    assert.throws(() => answers([{ name: 'a', required: true }], given), { message: missing })
  }
  const secret: SurveyVar = { name: 'p', type: 'secret', required: true }
  assert.throws(() => answers([secret]), { message: /^secret\.p: expected an answer/ })
  assert.deepEqual(answers([{ name: 'a' }, { ...secret, required: false }]), {
    environment: {},
    secret: {},
  })
})

test('a default takes the place of no answer, and of no other', () => {
  const survey: SurveyVar[] = [
    { name: 'city', required: true, default_value: 'Bern' },
    { name: 'count', type: 'int', default_value: '3' },
    { name: 'pin', type: 'secret', default_value: '0000' },
  ]
  assert.deepEqual(answers(survey), {
    environment: { city: 'Bern', count: 3 },
    secret: { pin: '0000' },
  })
  const given = { environment: { city: 'Basel', count: 0 }, secret: { pin: '1234' } }
  assert.deepEqual(answers(survey, given), given)
})

test('whole numbers', () => {
  const survey: SurveyVar[] = [{ name: 'n', type: 'int' }]
  for (const [n, wanted] of [
    [5, 5],
    ['-7', -7],
    ['', ''],
  ]) {
    assert.deepEqual(answers(survey, { environment: { n } }).environment, { n: wanted })
  }
  for (const n of [1.5, 'five', '1e3', '0x10', true, [1]]) {
    assert.throws(() => answers(survey, { environment: { n } }), {
      message: `environment.n: expected a whole number, got ${JSON.stringify(n)}`,
    })
  }
})

test('one of a choice', () => {
  assert.deepEqual(answers([size], { environment: { size: 's' } }).environment, { size: 's' })
  assert.throws(() => answers([size], { environment: { size: 'Small' } }), {
    message: 'environment.size: expected one of s, l, got "Small"',
  })
})

test('a secret that came as a plain variable is kept as a secret', () => {
  const survey: SurveyVar[] = [{ name: 'password', type: 'secret' }]
  assert.deepEqual(answers(survey, { environment: { password: 'hunter2', other: 1 } }), {
    environment: { other: 1 },
    secret: { password: 'hunter2' },
  })
})

test('what the survey does not ask for stays as it is', () => {
  const given = { environment: { list: [1, 2], nothing: null }, secret: { token: 'x' } }
  assert.deepEqual(answers([size], given), given)
})
