/**
 * Faults built in on purpose, each against one rule: a simulator that misses one of them is worth nothing.
 * Each is a line of the real code, written wrongly.
 */
export interface Break {
  /** The rule of docs/delivery.md that it is against. */
  rule: string
  file: string
  right: string
  wrong: string
}

export const breaks: Readonly<Record<string, Break>> = {
  'ack before commit': {
    rule: 'D4',
    file: 'server/store/commit.ts',
    right: 'return await this.#watch.within(work()).finally(revoke)',
    wrong: `const values = await this.#watch.within(work()).finally(revoke)
      batch.forEach(({ resolve }, index) => resolve(values[index]))
      return values`,
  },
  'spawn before journal': {
    rule: 'D3',
    file: 'runner/agent.ts',
    right: 'const trouble = await this.#journal(effects)',
    wrong: 'const trouble = await Promise.race([this.#journal(effects), undefined])',
  },
  'accept a stale attempt': {
    rule: 'D2',
    file: 'server/core/views.ts',
    right: `    view.task.attempt === view.attempt.attempt &&
    view.attempt.phase !== 'withdrawn' &&
    view.attempt.phase !== 'lost'`,
    wrong: '    true',
  },
  'skip a seq': {
    rule: 'D4',
    file: 'server/core/attempt.ts',
    right: 'if (seq !== nextSeq ||',
    wrong: 'if (seq < nextSeq ||',
  },
  'drop the spool at result': {
    rule: 'D4',
    file: 'runner/carry-out.ts',
    right: 'return uplink.finish(effect.task, effect.attempt, effect.result)',
    wrong: `logs.discard(effect.task, effect.attempt)
      return uplink.finish(effect.task, effect.attempt, effect.result)`,
  },
  'accept an early result': {
    rule: 'D5',
    file: 'server/core/attempt.ts',
    right:
      'attempt.nextSeq === result.chunks && attempt.bytes === result.bytes && stored === result.sha256',
    wrong: 'stored !== undefined',
  },
  'grant once': {
    rule: 'D3',
    file: 'server/core/attempt.ts',
    right: "if (attempt.phase === 'started' || attempt.phase === 'ended') return nothing",
    wrong: "if (attempt.phase !== 'offered') return nothing",
  },
  // To trust a file after an fsync that failed is none: whoever appends to it again writes the same bytes
  // over what was lost. Only a process that did not see it fail can be deceived.
  'trust what is found': {
    rule: 'D2',
    file: 'runner/disk/record-file.ts',
    right: 'if (durable) return',
    wrong: 'return',
  },
}
