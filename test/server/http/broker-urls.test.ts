import assert from 'node:assert/strict'
import { test } from 'node:test'
import { brokerUrls } from '../../../server/http/broker-urls.ts'
import type { HttpContext } from '../../../server/http/context.ts'

const admitRunner = () => {}
const context = (config: object, rest: object = { admitRunner, tls: {} }) =>
  ({
    config: {
      web_host: 'https://outstation.example:3000',
      mqtt: { public_url: undefined },
      broker: { mode: 'embedded', url: undefined },
      ...config,
    },
    mqttPort: 8883,
    ...rest,
  }) as unknown as HttpContext

const table: [what: string, context: HttpContext, host: string, urls: string[]][] = [
  [
    'the host by which the runner came',
    context({}),
    'edge.lan:3000',
    ['mqtts://edge.lan:8883', 'wss://edge.lan:3000/mqtt'],
  ],
  ['an IPv6 host', context({}), '[::1]:3000', ['mqtts://[::1]:8883', 'wss://[::1]:3000/mqtt']],
  [
    'no usable Host header: the configured name',
    context({}),
    'a b',
    ['mqtts://outstation.example:8883', 'wss://outstation.example:3000/mqtt'],
  ],
  [
    'a public address of the broker overrules',
    context({ mqtt: { public_url: 'mqtts://broker.example:443' } }),
    'edge.lan',
    ['mqtts://broker.example:443', 'wss://edge.lan/mqtt'],
  ],
  [
    'plain HTTP behind a proxy that speaks TLS',
    context({}, { admitRunner }),
    'edge.lan',
    ['mqtts://edge.lan:8883', 'wss://edge.lan/mqtt'],
  ],
  [
    'plain HTTP all the way',
    context({ web_host: 'http://edge.lan' }, { admitRunner }),
    'edge.lan',
    ['mqtts://edge.lan:8883', 'ws://edge.lan/mqtt'],
  ],
  [
    'an external broker',
    context({ broker: { mode: 'external', url: 'mqtts://mosquitto:8883' } }),
    'edge.lan',
    ['mqtts://mosquitto:8883'],
  ],
  [
    'an external broker that runners know by another name',
    context({
      broker: { mode: 'external', url: 'mqtts://10.0.0.1:8883' },
      mqtt: { public_url: 'mqtts://mqtt.example' },
    }),
    'edge.lan',
    ['mqtts://mqtt.example'],
  ],
]

for (const [what, given, host, urls] of table) {
  test(`a runner is told: ${what}`, () => assert.deepEqual(brokerUrls(given, host), urls))
}
