/** What a runner believes of what comes over a broker that may be anybody's. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createPostbox } from '../../../broker/postbox.ts'
import { type KeyText, makeKey, type RunnerKeys } from '../../../broker/seal/keys.ts'
import { sign } from '../../../broker/seal/signed.ts'
import { succeed } from '../../../broker/seal/succession.ts'
import type { Voice } from '../../../broker/seal/voice.ts'
import { createTopics } from '../../../broker/topics.ts'
import { silentLog } from '../../../lib/log.ts'
import { Keyring, publicOf } from '../../../runner/disk/keyring.ts'
import { Distrusted, Trust } from '../../../runner/link/trust.ts'
import { jobOf } from '../../kit/job.ts'

const folder = mkdtempSync(join(tmpdir(), 'outstation-trust-'))
after(() => rmSync(folder, { recursive: true }))

const topics = createTopics()
const topic = topics.of({ channel: 'tasks', runner: 7 })
const secret = 'a secret of the job'
const job = { ...jobOf(42, 1), secrets: [{ name: 'S', type: 'env' as const, value: secret }] }
let rings = 0

function newRing(server: string): Keyring {
  const ring = Keyring.open(join(folder, `keys-${++rings}.json`))
  ring.pin(server)
  return ring
}

/** What a server with this key says to runner 7. */
function said(server: KeyText, keys: RunnerKeys | undefined, via: Parameters<typeof sign>[3] = []) {
  const sent: Buffer[] = []
  const voice: Voice = {
    keysOf: () => keys,
    expectOpen() {},
    sign: (topic, text) => sign(topic, text, server, via),
  }
  const bus = {
    publish: async (_topic: string, text: string | Uint8Array) => void sent.push(Buffer.from(text)),
  }
  const postbox = createPostbox(bus, topics, silentLog, voice)
  const last = () => sent.pop() as Buffer
  return {
    grant(session = 12, claim = 1) {
      postbox.tasks(7, { v: 1, kind: 'grant', task: 42, attempt: 1, claim, session, job })
      return last()
    },
    cancel() {
      postbox.tasks(7, { v: 1, kind: 'cancel', task: 42, attempt: 1, force: true })
      return last()
    },
    offer() {
      postbox.tasks(7, { v: 1, kind: 'offer', task: 42, attempt: 1 })
      return last()
    },
  }
}

const server = makeKey('ed25519')
const ring = newRing(server.public)
const ours = said(server, publicOf(ring.current))
const fresh = (session = 12, with_: Keyring = ring) => new Trust(with_, () => session)
const refused = (trust: Trust, payload: Uint8Array, about = topic) => {
  try {
    trust.hear(about, 'tasks', payload)
  } catch (error) {
    if (error instanceof Distrusted) return error.message
    throw error
  }
  return undefined
}

test('a grant is opened once, in its session, and shows nothing on the wire', () => {
  const grant = ours.grant()
  for (const form of ['utf8', 'base64', 'hex'] as const) {
    assert.equal(grant.includes(Buffer.from(secret).toString(form)), false)
  }
  const trust = fresh()
  const heard = trust.hear(topic, 'tasks', grant)
  assert.deepEqual(heard, { v: 1, kind: 'grant', task: 42, attempt: 1, claim: 1, job })
  assert.match(refused(trust, grant) ?? '', /said before/)
  assert.match(refused(fresh(13), grant) ?? '', /said in session 12, now is 13/)
})

test('what nobody signed, somebody else signed, or was for somebody else is not believed', () => {
  const stranger = makeKey('ed25519')
  const forged = said(stranger, publicOf(ring.current))
  assert.match(refused(fresh(), said(server, undefined).grant()) ?? '', /^grant: not signed/)
  assert.match(refused(fresh(), said(server, undefined).cancel()) ?? '', /^cancel: not signed/)
  assert.match(refused(fresh(), forged.grant()) ?? '', /not that of its server/)
  assert.match(refused(fresh(), forged.cancel()) ?? '', /not that of its server/)
  const elsewhere = topics.of({ channel: 'tasks', runner: 8 })
  assert.match(refused(fresh(), ours.grant(), elsewhere) ?? '', /altered/)
  const other = newRing(server.public)
  assert.match(refused(fresh(12, other), ours.grant()) ?? '', /does not have/)
  assert.equal(refused(fresh(), ours.cancel()), undefined)
  assert.equal(
    refused(fresh(), said(stranger, undefined).offer()),
    undefined,
    'an offer runs nothing',
  )
})

test('a new key of the server is followed at once and kept; the old one counts no more', () => {
  const [next, own] = [makeKey('ed25519'), newRing(server.public)]
  const later = said(next, publicOf(own.current), [succeed(server, next.public)])
  assert.equal(refused(fresh(12, own), later.grant()), undefined)
  assert.equal(own.server, next.public)
  const before = said(server, publicOf(own.current))
  assert.match(refused(fresh(12, own), before.grant(12, 2)) ?? '', /not that of its server/)
})

test('new keys of the runner: the old ones still open, and a running process takes both up', () => {
  const file = join(folder, `keys-${++rings}.json`)
  const [running, other] = [Keyring.open(file), Keyring.open(file)]
  running.pin(server.public)
  const old = publicOf(running.current)
  other.pin(server.public)
  const next = publicOf(other.prepare())
  assert.deepEqual(publicOf(running.current), old, 'not in use before the server has them')
  assert.equal(other.use(next), true)
  assert.deepEqual(publicOf(running.current), next)
  for (const keys of [old, next]) {
    assert.equal(refused(fresh(12, running), said(server, keys).grant()), undefined)
  }
  assert.equal(statSync(file).mode & 0o777, 0o600)
})
