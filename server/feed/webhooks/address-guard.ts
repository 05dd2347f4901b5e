/**
 * Keeps webhooks away from the server's own network (SSRF). Anyone who may edit a project names the
 * address that this server then posts to, and the server often stands where people cannot: beside a
 * metadata service, a database, a printer. What is checked is the address that the socket connects
 * to, not the name: a name can answer with a public address first and with 127.0.0.1 a second later.
 */
import dns from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { AppError } from '../../../lib/errors.ts'

export interface AddressGuard {
  /** Throws if the URL can never be a target: scheme, port, or an address written out in it. */
  check(url: URL): void
  /** For a socket's `lookup`: answers only addresses that may be connected to. */
  lookup: LookupFunction
}

export interface AddressGuardOptions {
  /** Config webhooks.allow_private_addresses: any address, any port. */
  allowPrivate: boolean
  lookup?: LookupFunction | undefined
}

export function addressGuard({ allowPrivate, lookup = dns.lookup }: AddressGuardOptions) {
  return {
    check(url) {
      if (url.protocol !== 'http:' && url.protocol !== 'https:') {
        throw new AppError('invalid', `url: expected http: or https:, got ${url.protocol}`)
      }
      if (allowPrivate) return
      const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
      if (!isOpenPort(port)) {
        throw new AppError('invalid', `url: expected port 80, 443 or 1024 to 65535, got ${port}`)
      }
      const host = url.hostname.replace(/^\[|\]$/g, '')
      if (isIP(host) !== 0 && isPrivate(host)) throw refusal(host)
    },
    lookup(hostname, options, callback) {
      lookup(hostname, { ...options, all: true }, (error, answer) => {
        if (error) return callback(error, '', 0)
        const found = (answer as dns.LookupAddress[]).filter(
          ({ address }) => allowPrivate || !isPrivate(address),
        )
        const [first] = found
        if (first === undefined) return callback(refusal(hostname), '', 0)
        if (options.all) callback(null, found)
        else callback(null, first.address, first.family)
      })
    },
  } satisfies AddressGuard
}

/** Mail, SSH and their like take orders from whoever can make this server speak to them. */
function isOpenPort(port: number): boolean {
  return port === 80 || port === 443 || port >= 1024
}

/** Whether an IP address is not one of the public internet; true for what is no address at all. */
export function isPrivate(address: string): boolean {
  const [bare = ''] = address.split('%')
  const family = isIP(bare)
  if (family === 4) return closed4.check(bare, 'ipv4')
  return family === 0 || closed6.check(bare, 'ipv6')
}

function refusal(host: string): AppError {
  return new AppError('invalid', `${host} is a private address`, {
    fix: 'use a public one, or set webhooks.allow_private_addresses in the server configuration',
  })
}

/** The IANA special-purpose registries (RFC 6890), multicast, and all that carries an IPv4 inside. */
const closed4 = blockList('ipv4', [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
])
/** A list of its own: a BlockList that knows ::ffff:0:0/96 takes every plain IPv4 address for one. */
const closed6 = blockList('ipv6', [
  '::/96',
  '::ffff:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
])

function blockList(family: 'ipv4' | 'ipv6', subnets: readonly string[]): BlockList {
  const list = new BlockList()
  for (const subnet of subnets) {
    const [net = '', prefix] = subnet.split('/')
    list.addSubnet(net, Number(prefix), family)
  }
  return list
}
