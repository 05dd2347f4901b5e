/** Makes certificates: EC P-256, SHA-256, with the key identifiers that strict clients ask for (RFC 5280). */
import { createPrivateKey, webcrypto as crypto, KeyObject, type webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import * as x509 from '@peculiar/x509'
import { nonce } from '../../lib/ids.ts'

/** A certificate and its private key, PEM. */
export interface Pair {
  cert: string
  key: string
}

const dayMs = 86_400_000
/**
 * Valid from so long ago: a device without a clock of its own wakes up with the time at which it was last
 * switched off, and must reach the server before it can learn a better one.
 */
const earlyDays = 30
/** Apple's platforms refuse server certificates that last longer than 825 days, the early ones included. */
const serverDays = 790
const caDays = 20 * 365

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' }

/** @param now ms since the epoch */
export async function issueCa(now: number): Promise<Pair> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const usage = x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      // A name of its own: of two CAs with one name, OpenSSL may try only the wrong one.
      name: `CN=Outstation CA ${nonce()}`,
      ...lasting(now, caDays),
      signingAlgorithm,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(usage, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
      ],
    },
    crypto,
  )
  return pairOf(certificate, keys.privateKey)
}

/** @param names host names and addresses that the certificate is for */
export async function issueServer(ca: Pair, names: readonly string[], now: number): Promise<Pair> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const issuer = new x509.X509Certificate(ca.cert)
  const certificate = await x509.X509CertificateGenerator.create(
    {
      subject: 'CN=Outstation server',
      issuer: issuer.subject,
      ...lasting(now, serverDays),
      signingAlgorithm,
      publicKey: keys.publicKey,
      signingKey: await signingKeyOf(ca.key),
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(
          names.map((value) => ({ type: isIP(value) ? 'ip' : 'dns', value })),
        ),
        await x509.AuthorityKeyIdentifierExtension.create(issuer, false, crypto),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey, false, crypto),
      ],
    },
    crypto,
  )
  return pairOf(certificate, keys.privateKey)
}

async function signingKeyOf(pem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' })
  return await crypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign'])
}

function pairOf(certificate: x509.X509Certificate, key: webcrypto.CryptoKey): Pair {
  return {
    cert: `${certificate.toString('pem')}\n`,
    key: KeyObject.from(key).export({ type: 'pkcs8', format: 'pem' }) as string,
  }
}

function lasting(now: number, days: number) {
  return { notBefore: new Date(now - earlyDays * dayMs), notAfter: new Date(now + days * dayMs) }
}
