import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { test } from 'node:test'
import { connect } from 'node:tls'
import { createAuthority, testBroker } from '../../kit/broker.ts'

async function certificateAt(port: number): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { fingerprint256 } = socket.getPeerCertificate()
  socket.destroy()
  return fingerprint256
}

test('a renewed certificate is shown to those who come, without a restart', async (t) => {
  const broker = await testBroker(t)
  const before = await certificateAt(broker.port)
  const { cert, key } = await (await createAuthority()).issue()
  await broker.renew({ cert, key })
  const after = await certificateAt(broker.port)
  assert.notEqual(after, before)
  assert.equal(after, new X509Certificate(cert).fingerprint256)
})
