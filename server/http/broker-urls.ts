import type { HttpContext } from './context.ts'

/**
 * Where a runner finds the broker, best first. It is told the host by which it came, because that
 * name is known to work from where it stands; `mqtt.public_url` overrules that.
 * @param host the request's Host header, with a port if it has one
 */
export function brokerUrls(context: HttpContext, host: string): string[] {
  const { broker, mqtt, web_host } = context.config
  if (broker.mode === 'external') return [mqtt.public_url ?? broker.url ?? '']
  // A client without a usable Host header is told the configured name.
  const { host: seen, hostname } = new URL(
    URL.canParse(`http://${host}`) ? `http://${host}` : web_host,
  )
  const scheme = context.tls || web_host.startsWith('https:') ? 'wss' : 'ws'
  return [
    mqtt.public_url ?? `mqtts://${hostname}:${context.mqttPort}`,
    ...(context.admitRunner ? [`${scheme}://${seen}/mqtt`] : []),
  ]
}
