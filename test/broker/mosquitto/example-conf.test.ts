/** The lines of mosquitto.example.conf that no other test would miss. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { connect, type SecureVersion } from 'node:tls'
import { limits } from '../../../broker/codec.ts'
import { rawClient, runner, runnerBus, testBus, topics } from '../../kit/broker.ts'
import { skip, startMosquitto } from '../../kit/mosquitto.ts'
import { setUp } from './setup.ts'

test('TLS 1.2 and 1.3, nothing older', { skip }, async (t) => {
  const { url, ca } = await startMosquitto(t)
  const protocolOf = async (version: SecureVersion) => {
    const socket = connect({
      host: '127.0.0.1',
      port: Number(new URL(url).port),
      ca,
      minVersion: version,
      maxVersion: version,
      // OpenSSL itself would not offer TLS 1.1 otherwise.
      ciphers: 'DEFAULT@SECLEVEL=0',
    })
    t.after(() => socket.destroy())
    await once(socket, 'secureConnect')
    return socket.getProtocol()
  }
  assert.equal(await protocolOf('TLSv1.2'), 'TLSv1.2')
  assert.equal(await protocolOf('TLSv1.3'), 'TLSv1.3')
  await assert.rejects(protocolOf('TLSv1.1'), { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' })
})

test('the largest message of the server passes', { skip }, async (t) => {
  const mosquitto = await setUp(t)
  const one = runner(1)
  await mosquitto.credentials.put(one)
  const mine = testBus(t, runnerBus(mosquitto, one))
  await mine.connects.find(() => true)
  const server = testBus(t, {
    ...mosquitto,
    urls: [mosquitto.url],
    clientId: 'server',
    filters: topics.serverFilters,
  })
  await server.connects.find(() => true)
  const text = 'x'.repeat(limits.fromServer)
  await server.bus.publish(topics.of({ channel: 'tasks', runner: 1 }), text)
  assert.equal((await mine.messages.find(() => true, 'the message')).text.length, text.length)
})

test('a CONNECT that announces 256 MB is cut before it comes', { skip }, async (t) => {
  const mosquitto = await startMosquitto(t)
  const client = await rawClient(t, mosquitto)
  client.socket.write(Buffer.from([0x10, 0xff, 0xff, 0xff, 0x7f]))
  await client.closed
})

test('mosquitto_ctrl, which connects without a client id, is let in', { skip }, async (t) => {
  const mosquitto = await startMosquitto(t)
  assert.equal(await mosquitto.control('listClients'), mosquitto.username)
})
