/** What one client, one address and all of them together may ask of the embedded broker. */
import { limits as wire } from '../codec.ts'

export interface BrokerLimits {
  /** Sockets of runners in all, those that still shake hands included. */
  sockets: number
  /** Sockets of runners from one address. Many runners may sit behind one NAT. */
  perAddress: number
  /** Longest packet after the CONNACK, bytes. */
  packet: { server: number; runner: number }
  /** Longest will and longest presence message, bytes: the only things that the broker keeps. */
  kept: number
  /** Bytes waiting for a runner that does not read them. */
  unread: number
  /** A client that takes nothing of what waits for it for this long is cut off. */
  stallMs: number
  /** A client must be through its TLS handshake, and again must have sent its CONNECT, in this time. */
  connectMs: number
  /** Longest keepalive that a client may ask for, s; 0 (never) is refused. */
  keepaliveS: number
}

/** Packet id, topic and its length travel with each payload. */
const envelope = 1_024

export const defaultLimits: BrokerLimits = {
  sockets: 10_000,
  perAddress: 1_000,
  packet: { server: wire.fromServer + envelope, runner: wire.fromRunner + envelope },
  kept: 1_024,
  unread: 2 * wire.fromServer,
  stallMs: 10_000,
  connectMs: 5_000,
  keepaliveS: 1_200,
}
