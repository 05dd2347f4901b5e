/**
 * The Bus: what server and runner see of a broker. It carries and promises nothing (rule: the broker
 * never stores truth): a resolved `publish` means "handed to the broker", delivery is known only by
 * an application ack. One implementation speaks MQTT 3.1.1 (`bus-mqtt.ts`), one is a fake for tests.
 */
export interface Bus {
  /**
   * Hands a QoS 1 message to the broker. Resolves at PUBACK; rejects with code `unavailable` when
   * the connection is down or goes down first. Never queues while offline: the caller owns
   * what is unsent (outbox rows, the spool) and sends it again after `onConnect`.
   */
  publish(
    topic: string,
    payload: Uint8Array | string,
    options?: { retain?: boolean },
  ): Promise<void>
  /** True between a completed (re)connect with all subscriptions granted and the next drop. */
  readonly connected: boolean
  /** Disconnects cleanly like `close`, but connects again after so many ms. */
  rest(ms: number): void
  /** Says what the will would have said, disconnects and stops reconnecting. Idempotent. */
  close(): Promise<void>
}

export interface BusHandlers {
  /** Every message of the subscriptions, in arrival order. Must not throw; must not block. */
  onMessage(topic: string, payload: Uint8Array, retained: boolean): void
  /** After each connect, once all subscriptions are granted. `nonce` is new for each connection. */
  onConnect(nonce: string): void
  /** After each drop, but not after `close` or `rest`; `reason` is one line for a person. */
  onDisconnect(reason: string): void
  /** A try to connect failed; the next comes in `retryMs`. `refused` = the broker knows us not. */
  onRetry?(failure: { reason: string; refused: boolean; retryMs: number }): void
}
