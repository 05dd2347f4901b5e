/** Secrets of environments and surveys as people set them over the API, and as a script gets them. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { sha256hex } from '../../lib/ids.ts'
import { openWorld, type World } from '../kit/world.ts'

let world: World
before(async () => {
  const digest = (value: string) => `$(printf %s "${value}" | sha256sum | cut -c1-64)`
  const names = ['OF_VAR', 'OF_ENV', 'ANSWER', 'ANSWER_ENV']
  world = await openWorld({
    files: {
      // The log would mask the values themselves.
      'show.sh': names.map((name) => `echo "${name} ${digest(`$${name}`)}"\n`).join(''),
      'arguments.sh': `for one in "$@"; do echo "argument ${digest('$one')}"; done\necho "$@"\n`,
    },
  })
})
after(() => world.close())

const survey_vars = [
  { name: 'ANSWER', type: 'secret' },
  { name: 'ANSWER_ENV', type: 'secret', target: 'env' },
]
const secret = JSON.stringify({ ANSWER: 'an answer', ANSWER_ENV: 'another answer' })

test('secrets are created, changed and deleted, and reach the script with the survey', async () => {
  const environment = await makeEnvironment()
  const path = `${world.project.path}/environment/${environment}`
  const template = { playbook: 'show.sh', environment_id: environment, survey_vars }
  const shown = await show(await world.template(template))
  assert.deepEqual(shown, {
    ...{ OF_VAR: 'first var', OF_ENV: 'first env' },
    ...{ ANSWER: 'an answer', ANSWER_ENV: 'another answer' },
  })

  const [ofVar, ofEnv] = (await world.api.get(path)).json().secrets
  const changes = [
    { ...ofVar, operation: 'update', secret: 'second var' },
    { ...ofEnv, operation: 'delete' },
  ]
  const answer = await world.api.put(path, { id: environment, name: 'E', secrets: changes })
  assert.equal(answer.status, 204, answer.text)
  const after = (await world.api.get(path)).json().secrets
  assert.deepEqual(after, [{ id: ofVar.id, name: 'OF_VAR', type: 'var' }])
  const again = await show(await world.template(template))
  assert.deepEqual([again.OF_VAR, again.OF_ENV], ['second var', ''])
})

test('a template that wants them as arguments gets them so, and is told what that exposes', async () => {
  const environment_id = await makeEnvironment()
  const plain = await world.template({ playbook: 'arguments.sh' })
  const path = (id: number) => `${world.project.path}/templates/${id}`
  assert.deepEqual((await world.api.get(path(plain))).json().warnings, [])

  const columns = { playbook: 'arguments.sh', environment_id, survey_vars }
  const shows = await world.template({ ...columns, secrets_in_arguments: true })
  const { warnings, secrets_in_arguments } = (await world.api.get(path(shows))).json()
  assert.equal(secrets_in_arguments, true)
  assert.match(warnings[0], /secrets_in_arguments: .*every user/)

  const log = await logOf(shows)
  for (const argument of ['OF_VAR=first var', 'ANSWER=an answer']) {
    assert.ok(log.includes(`argument ${sha256hex(argument)}`), argument)
  }
  assert.match(log, /\nOF_VAR=\*\*\* ANSWER=\*\*\*\n/)
  assert.equal(log.match(/^argument /gm)?.length, 2, 'those for the environment are none')
})

function makeEnvironment(): Promise<number> {
  const secrets = [
    { name: 'OF_VAR', type: 'var', secret: 'first var', operation: 'create' },
    { name: 'OF_ENV', type: 'env', secret: 'first env', operation: 'create' },
  ]
  return world.create('environment', { name: 'E', json: '{}', env: '{}', secrets })
}

/** What the script was given, name by name. */
async function show(template: number): Promise<Record<string, string>> {
  const known = ['first var', 'first env', 'second var', 'an answer', 'another answer', '']
  const byDigest = new Map(known.map((value) => [sha256hex(value), value]))
  const lines = (await logOf(template)).matchAll(/^(\w+) ([0-9a-f]{64})$/gm)
  return Object.fromEntries([...lines].map(([, name, digest = '']) => [name, byDigest.get(digest)]))
}

async function logOf(template: number): Promise<string> {
  const task = await world.run(template, { secret })
  const { status } = await world.finished(task)
  const log = await world.log(task)
  assert.equal(status, 'success', log)
  return log
}
