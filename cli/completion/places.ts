import type { Tree } from '../arguments.ts'

/** Somewhere on the line: the words of commands before it, and what may follow. */
export interface Place {
  at: string
  words: { word: string; says: string }[]
  flags: Flag[]
}

export interface Flag {
  /** Without the dashes. */
  name: string
  says: string
  takesValue: boolean
  /** Its value is a path. */
  takesFile: boolean
}

/** Every place that the command table has; the first is the beginning of the line. */
export function placesOf(tree: Tree): Place[] {
  const commands = Object.entries(tree).filter(([name]) => !name.startsWith('__'))
  const places = new Map<string, Place>([['', { at: '', words: [], flags: [] }]])
  const place = (at: string): Place => {
    const found = places.get(at) ?? { at, words: [], flags: [] }
    places.set(at, found)
    return found
  }
  for (const [name, command] of commands) {
    const words = name.split(' ')
    for (const [index, word] of words.entries()) {
      const { words: known } = place(words.slice(0, index).join(' '))
      const last = index === words.length - 1
      const says = last && typeof command !== 'string' ? (command.describe?.[0] ?? '') : ''
      const same = known.find((one) => one.word === word)
      if (same === undefined) known.push({ word, says })
      else same.says ||= says
    }
    const own = typeof command === 'string' ? tree[command] : command
    if (own === undefined || typeof own === 'string') continue
    place(name).flags.push(...own.options.map(flagOf), help)
  }
  return [...places.values()]
}

const help: Flag = { name: 'help', says: 'Say what it does', takesValue: false, takesFile: false }

function flagOf([flag, description]: [string, string]): Flag {
  const [, value] = /^([A-Z]+)(?:,\.\.)? {2}/.exec(description) ?? []
  return {
    name: flag.replace(/^--/, ''),
    says: description.replace(/^[A-Z]+(,\.\.)? {2}/, ''),
    takesValue: value !== undefined,
    takesFile: value === 'FILE' || value === 'FOLDER',
  }
}

/** The names of the flags of all places for which `is` holds, each once. */
export function flagsWhere(places: readonly Place[], is: (flag: Flag) => boolean): string[] {
  const names = places.flatMap(({ flags }) => flags.filter(is).map(({ name }) => `--${name}`))
  return [...new Set(names)]
}
