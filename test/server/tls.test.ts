import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { connect, createServer } from 'node:tls'
import { isFingerprint, rootsWith, sameFingerprint } from '../../lib/certificates.ts'
import { toServerConfig } from '../../server/config.ts'
import { type TlsIdentity, tlsIdentity } from '../../server/tls.ts'

const day = 86_400_000
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'outstation-tls-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const config = (value: object = {}) =>
  toServerConfig({ value: { data_dir: folder, ...value }, env: {} })

test('the first start makes a CA and a certificate that a client of that CA accepts', async () => {
  const identity = await tlsIdentity(config({ web_host: 'https://out.example:3000' }))
  const server = new X509Certificate(identity.cert)
  for (const name of ['localhost', hostname(), 'out.example']) assert.ok(server.checkHost(name))
  for (const ip of ['127.0.0.1', '::1']) assert.ok(server.checkIP(ip))
  assert.equal(await handshake(identity, [identity.caPem]), 'authorized')
  assert.equal(await handshake(identity, rootsWith(identity.caPem)), 'authorized')
  assert.equal(await handshake(identity, rootsWith()), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE')
})

test('keys are 0600, certificates lie beside them', async () => {
  await tlsIdentity(config())
  const files = readdirSync(folder).sort()
  assert.deepEqual(files, ['ca.key', 'ca.pem', 'server.key', 'server.pem'])
  for (const key of ['ca.key', 'server.key']) {
    assert.equal(statSync(join(folder, key)).mode & 0o777, 0o600)
  }
})

test('the fingerprint is what openssl prints for ca.pem', async () => {
  const { fingerprint } = await tlsIdentity(config())
  const args = ['x509', '-in', join(folder, 'ca.pem'), '-noout', '-fingerprint', '-sha256']
  const printed = execFileSync('openssl', args, { encoding: 'utf8' }).split('=')[1] as string
  assert.match(fingerprint, /^sha256:[0-9a-f]{64}$/)
  assert.ok(isFingerprint(printed) && sameFingerprint(printed, fingerprint))
  assert.ok(
    !sameFingerprint(
      fingerprint.replace(/.$/, (c) => (c === '0' ? '1' : '0')),
      fingerprint,
    ),
  )
  assert.ok(!isFingerprint('sha256:abc') && !sameFingerprint('', ''))
})

test('openssl finds nothing wrong with the chain', async () => {
  await tlsIdentity(config())
  const args = ['verify', '-x509_strict', '-purpose', 'sslserver', '-CAfile']
  const files = [join(folder, 'ca.pem'), join(folder, 'server.pem')]
  assert.match(execFileSync('openssl', [...args, ...files], { encoding: 'utf8' }), /: OK/)
})

test('a second start keeps everything; a new name or an old age renews only the server', async () => {
  const first = await tlsIdentity(config())
  assert.deepEqual(await tlsIdentity(config()), first)
  const named = await tlsIdentity(config({ mqtt: { public_url: 'mqtts://[2001:db8::7]:8883' } }))
  assert.equal(named.caPem, first.caPem)
  assert.ok(new X509Certificate(named.cert).checkIP('2001:db8::7'))
  const early = await tlsIdentity(config(), named.expires - 31 * day)
  assert.equal(early.expires, (await tlsIdentity(config(), early.expires - 31 * day)).expires)
  const late = await tlsIdentity(config(), early.expires - 29 * day)
  assert.ok(late.expires > early.expires)
  assert.equal(late.fingerprint, first.fingerprint)
})

test('a CA key that is kept elsewhere is asked for only when it is needed', async () => {
  const first = await tlsIdentity(config())
  renameSync(join(folder, 'ca.key'), join(folder, 'elsewhere'))
  assert.equal((await tlsIdentity(config())).cert, first.cert)
  await assert.rejects(tlsIdentity(config({ web_host: 'https://new.example' })), {
    code: 'config',
    message: /ca\.key/,
  })
})

test("the operator's own certificate is used, and nothing is made", async () => {
  const { cert, key } = await given()
  const identity = await tlsIdentity(config({ tls: files, web_host: 'https://localhost' }))
  assert.equal(identity.cert, cert)
  assert.equal(identity.key, key)
  assert.deepEqual(identity.warnings, [])
  assert.ok(!readdirSync(folder).includes('ca.pem'))
})

test('it is told what it does not cover, and that it ends soon', async () => {
  const { expires } = await given()
  const { warnings } = await tlsIdentity(
    config({ tls: files, web_host: 'https://other.example' }),
    expires - 3.5 * day,
  )
  assert.match(warnings.join('\n'), /expires in 3 days\n.*not valid for other\.example$/)
})

test('a given certificate that cannot work ends in one line', async () => {
  const { key } = await given()
  type Now = (expires: number) => number | undefined
  const today: Now = () => undefined
  const cases: [line: RegExp, now: Now, spoil: () => void][] = [
    [/tls\.cert_file: .*one that expired on/, (expires) => expires + 1, () => {}],
    [/tls\.cert_file: .*one valid from/, () => 0, () => {}],
    [/tls\.cert_file: .*expected PEM certificates, got none/, today, () => write('cert', 'x')],
    [/tls\.key_file: .*expected a PEM key, got another text/, today, () => write('key', 'x')],
    [/tls\.key_file: .*a passphrase/, today, () => write('key', locked(key))],
    [/the key of another certificate/, today, () => write('key', otherKey())],
    [/tls\.key_file: .*a readable file, got ENOENT/, today, () => rmSync(join(folder, 'key'))],
  ]
  for (const [message, now, spoil] of cases) {
    const { expires } = await given()
    spoil()
    await assert.rejects(tlsIdentity(config({ tls: files }), now(expires)), {
      code: 'config',
      message,
    })
  }
})

const files = { cert_file: 'cert', key_file: 'key' }
const write = (name: string, text: string) => writeFileSync(join(folder, name), text)

/** A certificate of another CA as the operator's own. */
async function given(): Promise<TlsIdentity> {
  files.cert_file = join(folder, 'cert')
  files.key_file = join(folder, 'key')
  const elsewhere = mkdtempSync(join(tmpdir(), 'outstation-given-'))
  const identity = await tlsIdentity(toServerConfig({ value: { data_dir: elsewhere }, env: {} }))
  rmSync(elsewhere, { recursive: true })
  write('cert', identity.cert)
  write('key', identity.key)
  return identity
}

function otherKey(): string {
  return execFileSync('openssl', ['ecparam', '-name', 'prime256v1', '-genkey', '-noout'], {
    encoding: 'utf8',
  })
}

function locked(key: string): string {
  return execFileSync('openssl', ['pkcs8', '-topk8', '-passout', 'pass:x'], {
    input: key,
    encoding: 'utf8',
  })
}

async function handshake({ cert, key }: TlsIdentity, ca: string[]): Promise<string> {
  const server = createServer({ cert, key }, (socket) => socket.end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca })
  return await new Promise<string>((resolve) => {
    socket.once('secureConnect', () => resolve(socket.authorized ? 'authorized' : 'not'))
    socket.once('error', (error) => resolve((error as { code?: string }).code ?? error.message))
  }).finally(() => {
    socket.destroy()
    server.close()
  })
}
