/** The whole table: who x what x topic x retain. What is not listed as a right must be refused. */
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type Action, allows, type Identity, runnerRights, serverRights } from '../../broker/acl.ts'
import { topics } from '../kit/broker.ts'

const server: Identity = { role: 'server' }
const one: Identity = { role: 'runner', id: 1 }

const names = {
  'tasks of 1': topics.of({ channel: 'tasks', runner: 1 }),
  'acks of 1': topics.of({ channel: 'acks', runner: 1 }),
  'hello of 1': topics.of({ channel: 'hello', runner: 1 }),
  'presence of 1': topics.of({ channel: 'presence', runner: 1 }),
  'state of 1': topics.of({ channel: 'state', runner: 1, task: 2, attempt: 3 }),
  'log of 1': topics.of({ channel: 'log', runner: 1, task: 2, attempt: 3 }),
  'result of 1': topics.of({ channel: 'result', runner: 1, task: 2, attempt: 3 }),
  'tasks of 2': topics.of({ channel: 'tasks', runner: 2 }),
  'acks of 2': topics.of({ channel: 'acks', runner: 2 }),
  'hello of 2': topics.of({ channel: 'hello', runner: 2 }),
  'presence of 2': topics.of({ channel: 'presence', runner: 2 }),
  'log of 2': topics.of({ channel: 'log', runner: 2, task: 2, attempt: 3 }),
  'tasks of 11': topics.of({ channel: 'tasks', runner: 11 }),
  'hellos of all': `${topics.prefix}/runners/+/hello`,
  'presence of all': `${topics.prefix}/runners/+/presence`,
  'replies of all': `${topics.prefix}/replies/+/+/+/+`,
  'tasks of all': `${topics.prefix}/runners/+/tasks`,
  'all of 1': `${topics.prefix}/runners/1/#`,
  'replies of 1': `${topics.prefix}/replies/1/#`,
  'all of ours': `${topics.prefix}/#`,
  all: '#',
  'one level': '+',
  'shared tasks of 1': `$share/g/${topics.of({ channel: 'tasks', runner: 1 })}`,
  'shared all': '$share/g/#',
  $SYS: '$SYS/broker/clients',
  'all of $SYS': '$SYS/#',
  'control of Mosquitto': '$CONTROL/dynamic-security/v1',
  'another prefix': 'other/runners/1/tasks',
  'a bad spelling': `${topics.prefix}/runners/01/tasks`,
  'one level more': `${topics.prefix}/runners/1/tasks/x`,
  nothing: '',
} as const
type Name = keyof typeof names

/** Everything that is allowed; the test tries every other combination too. */
const rights: [who: string, identity: Identity, kind: string, allowed: Name[]][] = [
  ['runner 1', one, 'subscribe', ['tasks of 1', 'acks of 1']],
  [
    'runner 1',
    one,
    'publish',
    ['hello of 1', 'presence of 1', 'state of 1', 'log of 1', 'result of 1'],
  ],
  ['runner 1', one, 'publish retained', ['presence of 1']],
  ['runner 1', one, 'will', ['presence of 1']],
  ['runner 1', one, 'will retained', ['presence of 1']],
  ['server', server, 'subscribe', ['hellos of all', 'presence of all', 'replies of all']],
  [
    'server',
    server,
    'publish',
    ['tasks of 1', 'acks of 1', 'tasks of 2', 'acks of 2', 'tasks of 11'],
  ],
  ['server', server, 'publish retained', ['presence of 1', 'presence of 2']],
  ['server', server, 'will', []],
  ['server', server, 'will retained', []],
]

for (const [who, identity, kind, allowed] of rights) {
  suite(`${who}: ${kind}`, () => {
    for (const [name, topic] of Object.entries(names)) {
      const expected = (allowed as string[]).includes(name)
      test(`${name}: ${expected ? 'yes' : 'no'}`, () => {
        assert.equal(allows(topics, identity, action(kind, topic)), expected)
      })
    }
  })
}

test('an id that is no id has no rights at all', () => {
  for (const id of [0, -1, Number.NaN, 1.5, Number.POSITIVE_INFINITY]) {
    for (const topic of Object.values(names)) {
      const nobody: Identity = { role: 'runner', id }
      assert.equal(allows(topics, nobody, { kind: 'publish', topic, retain: false }), false)
    }
  }
})

/** Mosquitto gets the list, which can say no more than MQTT's wildcards can. */
for (const [who, identity, kind, allowed] of rights) {
  if (kind !== 'publish' && kind !== 'subscribe') continue
  const list = identity.role === 'server' ? serverRights(topics) : runnerRights(topics, 1)
  const inList = (name: Name) => list[kind].some((filter) => covers(filter, names[name]))

  test(`${who}: ${kind}: the list holds all that the function allows`, () => {
    for (const name of allowed) assert.ok(inList(name), name)
  })
  if (identity.role === 'runner') {
    test(`${who}: ${kind}: the list holds nothing of others`, () => {
      const others = (Object.keys(names) as Name[]).filter((name) => !/ of 1$/.test(name))
      for (const name of others) assert.ok(!inList(name), name)
    })
  }
}

/** MQTT 3.1.1, 4.7; a filter covers another that is spelled as it is. */
function covers(filter: string, topic: string): boolean {
  const levels = topic.split('/')
  const wanted = filter.split('/')
  if (filter === topic) return true
  if (filter.endsWith('/#')) return topic.startsWith(filter.slice(0, -1))
  return levels.length === wanted.length && wanted.every((w, n) => w === '+' || w === levels[n])
}

function action(kind: string, topic: string): Action {
  const [name, retained] = kind.split(' ')
  if (name === 'subscribe') return { kind: 'subscribe', filter: topic }
  return { kind: name as 'publish' | 'will', topic, retain: retained !== undefined }
}
