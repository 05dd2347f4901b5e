import type { FastifyRequest } from 'fastify'
import Type from 'typebox'
import { publicKeyOnce, type RunnerKeys } from '../../../broker/seal/keys.ts'
import { PublicKey, Succession } from '../../../broker/seal/messages.ts'
import { AppError } from '../../../lib/errors.ts'
import { equalDigests, sha256hex } from '../../../lib/ids.ts'
import type { Tx } from '../../store/commit.ts'
import type { RunnerRow } from '../../store/runners.ts'
import type { App } from '../app.ts'
import { brokerUrls } from '../broker-urls.ts'
import type { HttpContext } from '../context.ts'
import { Count, Id, Maybe, MaybeId, Text, tagsOf } from '../fields.ts'
import { recorder } from '../record.ts'
import { createRunner, dismissRunner, findRunnerByToken } from '../runner-credentials.ts'
import { runnerDeed } from '../runner-deed.ts'
import { enrolKeys } from '../runner-keys.ts'
import { registerAnnounced } from '../runner-registration.ts'
import { RunnerTags, RunnerWebhook } from '../runner-view.ts'
import { Throttle } from '../throttle.ts'
import { expectProject } from './runners.ts'

const path = '/api/internal/runners'
const tags = ['runner']
const Mqtt = Type.Object({ urls: Type.Array(Text), prefix: Text })
/** The runner's public parts: X25519 to seal to, Ed25519 that it signs with. */
const Keys = Type.Object({ seal: PublicKey, sign: PublicKey })
/** What this server signs with; `via` leads there from each older one. */
const ServerKey = Type.Object({ key: PublicKey, via: Type.Array(Succession) })
const Registration = Type.Object({
  registration_token: Text,
  name: Maybe(Type.String({ maxLength: 255 })),
  webhook: Maybe(RunnerWebhook),
  max_parallel_tasks: Maybe(Count),
  project_id: MaybeId,
  enabled: Maybe(Type.Boolean()),
  tags: Maybe(RunnerTags),
  keys: Type.Optional(Keys),
})

/** What runners themselves call: to register, to look where the broker is, to unregister. */
export function internalRunnerRoutes(app: App, context: HttpContext): void {
  const { store, config, clock, log, signing } = context
  const perAddress = new Throttle(20, 60_000, clock)
  const record = recorder(context)
  const told = (done: string) => (tx: Tx, runner: RunnerRow) =>
    record(tx, ...runnerDeed(null, runner, done))
  const serverKey = () => ({ key: signing.public, via: [...signing.via] })
  const mqttFor = (request: FastifyRequest) => ({
    urls: brokerUrls(context, request.host),
    prefix: config.mqtt.prefix,
  })

  app.post(
    path,
    {
      config: { access: 'public' },
      bodyLimit: 65_536,
      schema: {
        tags,
        summary: 'Register a runner',
        body: Registration,
        response: {
          200: Type.Object({ token: Text, id: Id, mqtt: Mqtt, server_key: ServerKey }),
        },
      },
    },
    async (request) => {
      const { registration_token, name, webhook, max_parallel_tasks, enabled } = request.body
      perAddress.enter(request.ip)
      const registrant = {
        name: name ?? '',
        webhook: webhook ?? '',
        max_parallel_tasks: max_parallel_tasks ?? 0,
        project_id: request.body.project_id || null,
        active: enabled ?? true,
        ...(request.body.keys && { keys: expectKeys(request.body.keys) }),
      }
      const also = told(`registered, from ${request.ip}`)
      const register = async () => {
        if (!sameSecret(registration_token, config.runner_registration_token)) {
          return await registerAnnounced(context, registration_token, registrant, also)
        }
        await expectProject(store.read, registrant.project_id)
        const tags = tagsOf(request.body.tags ?? [])
        return await createRunner(context, { ...registrant, tags }, also)
      }
      const made = await register()
      if (made === undefined) {
        log.warn('a registration was refused', { address: request.ip })
        throw new AppError('invalid', 'Invalid registration token')
      }
      perAddress.forget(request.ip)
      const { runner, token } = made
      return { token, id: runner.id, mqtt: mqttFor(request), server_key: serverKey() }
    },
  )

  app.get(
    path,
    {
      config: { access: 'public' },
      schema: {
        tags,
        summary: 'Where the broker is, which keys are on record (header X-Runner-Token)',
        response: {
          200: Type.Object({
            id: Id,
            name: Text,
            registered: Text,
            mqtt: Mqtt,
            server_key: ServerKey,
            /** null: none; PUT them. */
            keys: Type.Union([Keys, Type.Null()]),
          }),
        },
      },
    },
    async (request) => {
      const { id, name, created, keys } = await callerOf(context, request)
      return {
        id,
        name,
        registered: new Date(created).toISOString(),
        mqtt: mqttFor(request),
        server_key: serverKey(),
        keys: keys === 'awaited' ? null : keys,
      }
    },
  )

  app.put(
    `${path}/keys`,
    {
      config: { access: 'public' },
      bodyLimit: 65_536,
      schema: {
        tags,
        summary: 'Put the public keys of a runner on record (header X-Runner-Token)',
        body: Type.Object({
          ...Keys.properties,
          /** By the key that signs now; absent while none is on record. */
          signature: Maybe(Text),
        }),
      },
    },
    async (request, reply) => {
      const { id } = await callerOf(context, request)
      const { signature, ...keys } = request.body
      const also = told('put its keys on record')
      await enrolKeys(context, id, expectKeys(keys), signature ?? '', also)
      return reply.status(204).send()
    },
  )

  app.delete(
    path,
    {
      config: { access: 'public' },
      schema: { tags, summary: 'Unregister (header X-Runner-Token)' },
    },
    async (request, reply) => {
      const runner = await callerOf(context, request)
      await dismissRunner(context, runner.id, (tx) => told('unregistered')(tx, runner))
      return reply.status(204).send()
    },
  )
}

/** @throws AppError `invalid` if they are no points of their curves */
function expectKeys(keys: RunnerKeys): RunnerKeys {
  publicKeyOnce('x25519', keys.seal)
  publicKeyOnce('ed25519', keys.sign)
  return { seal: keys.seal, sign: keys.sign }
}

async function callerOf({ store }: HttpContext, request: FastifyRequest): Promise<RunnerRow> {
  const token = request.headers['x-runner-token']
  const runner = await findRunnerByToken(store.read, String(token ?? ''))
  if (runner === undefined) throw new AppError('unauthenticated', 'Invalid token')
  return runner
}

/** Digests have one length, so the comparison takes one time; no configured token lets nobody in. */
function sameSecret(given: string, wanted: string | undefined): boolean {
  return equalDigests(sha256hex(given), sha256hex(wanted ?? '')) && Boolean(wanted)
}
