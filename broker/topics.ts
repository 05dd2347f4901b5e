/** Every topic string of the wire: build, parse and filters side by side (DESIGN: the wire). */
export const defaultPrefix = 'outstation/v1'

export type ReplyChannel = 'state' | 'log' | 'result'
export type RunnerChannel = 'tasks' | 'acks' | 'hello' | 'presence'

export type Address =
  | { channel: RunnerChannel; runner: number }
  | { channel: ReplyChannel; runner: number; task: number; attempt: number }

const runnerChannels: readonly string[] = ['tasks', 'acks', 'hello', 'presence']
const replyChannels: readonly string[] = ['state', 'log', 'result']

export interface Topics {
  readonly prefix: string
  of(address: Address): string
  /** The address that `topic` names, or undefined if it is none of ours. */
  parse(topic: string): Address | undefined
  /** What the server subscribes to. Disjoint, so that no message arrives twice. */
  readonly serverFilters: readonly string[]
  /** What runner `id` subscribes to. */
  runnerFilters(id: number): readonly string[]
}

/** @param prefix one or more non-empty levels without wildcards or a leading `$`. */
export function createTopics(prefix: string = defaultPrefix): Topics {
  if (!isPrefix(prefix)) {
    throw new TypeError(
      `topic prefix: expected levels of [A-Za-z0-9_.-] joined by "/", got ${JSON.stringify(prefix)}`,
    )
  }
  const levels = prefix.split('/').length
  return {
    prefix,
    of(address) {
      if ('task' in address) {
        const { runner, task, attempt, channel } = address
        return `${prefix}/replies/${runner}/${task}/${attempt}/${channel}`
      }
      return `${prefix}/runners/${address.runner}/${address.channel}`
    },
    parse(topic) {
      if (!topic.startsWith(`${prefix}/`)) return undefined
      return parseLevels(topic.split('/').slice(levels))
    },
    serverFilters: [
      `${prefix}/runners/+/hello`,
      `${prefix}/runners/+/presence`,
      `${prefix}/replies/+/+/+/+`,
    ],
    runnerFilters: (id) => [`${prefix}/runners/${id}/tasks`, `${prefix}/runners/${id}/acks`],
  }
}

export function isPrefix(prefix: string): boolean {
  return prefix.length <= 128 && /^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)*$/.test(prefix)
}

function parseLevels(levels: string[]): Address | undefined {
  const runner = idOf(levels[1])
  if (runner === undefined) return undefined
  if (levels[0] === 'runners' && levels.length === 3 && runnerChannels.includes(levels[2] ?? '')) {
    return { channel: levels[2] as RunnerChannel, runner }
  }
  if (levels[0] === 'replies' && levels.length === 5 && replyChannels.includes(levels[4] ?? '')) {
    const task = idOf(levels[2])
    const attempt = idOf(levels[3])
    if (task === undefined || attempt === undefined) return undefined
    return { channel: levels[4] as ReplyChannel, runner, task, attempt }
  }
  return undefined
}

/** A positive decimal without sign or leading zero, so that one id has exactly one topic. */
function idOf(level: string | undefined): number | undefined {
  return level !== undefined && /^[1-9][0-9]{0,14}$/.test(level) ? Number(level) : undefined
}
