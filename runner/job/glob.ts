/**
 * Patterns for paths: `*` and `?` stand for characters of one name, `[a-z]` and `[!a-z]` for one of them,
 * `**` for any number of folders. A folder that matches brings all that is in it. What begins with a dot
 * is meant only where the pattern writes the dot. Takes time by the product of the lengths at most,
 * whatever the pattern; Node's own `matchesGlob` is an experiment still, and would need every path.
 */
type Character = (one: string) => boolean
/** Of one name; null is `*`. */
type NamePattern = readonly (Character | null)[]
type Step = { dotted: boolean; name: NamePattern } | 'any folders'

/** How far a pattern has come on the way down to a folder: the steps that may be next. */
export type Position = ReadonlySet<number>

export class Glob {
  readonly text: string
  readonly #steps: readonly Step[]

  constructor(text: string) {
    this.text = text
    const names = text.split('/').filter((name) => name !== '' && name !== '.')
    this.#steps = [...names.map(stepOf), 'any folders']
  }

  /** At the top of the tree. */
  get start(): Position {
    return this.#closed([0])
  }

  /** Where it stands behind `name`. */
  next(at: Position, name: string): Position {
    const reached: number[] = []
    for (const index of at) {
      const step = this.#steps[index]
      if (step === 'any folders' && !name.startsWith('.')) reached.push(index)
      else if (step !== undefined && step !== 'any folders' && fits(step, name))
        reached.push(index + 1)
    }
    return this.#closed(reached)
  }

  /** Whether a file at this position is meant. */
  matches(at: Position): boolean {
    return at.has(this.#steps.length)
  }

  /** `**` may stand for no folder at all. */
  #closed(indexes: readonly number[]): Position {
    const closed = new Set<number>()
    for (let index of indexes) {
      closed.add(index)
      while (this.#steps[index] === 'any folders') closed.add(++index)
    }
    return closed
  }
}

function stepOf(text: string): Step {
  if (text === '**') return 'any folders'
  return { dotted: text.startsWith('.'), name: charactersOf([...text]) }
}

function charactersOf(text: readonly string[]): NamePattern {
  const pattern: (Character | null)[] = []
  for (let at = 0; at < text.length; at += 1) {
    const one = text[at] as string
    const end = one === '[' ? text.indexOf(']', at + 2) : -1
    if (end > 0) {
      pattern.push(classOf(text.slice(at + 1, end)))
      at = end
    } else if (one === '*') pattern.push(null)
    else pattern.push(one === '?' ? () => true : (other) => other === one)
  }
  return pattern
}

function classOf(text: readonly string[]): Character {
  const inverted = text[0] === '!' || text[0] === '^'
  const members = inverted ? text.slice(1) : text
  return (one) => {
    for (let at = 0; at < members.length; at += 1) {
      const [low, dash, high] = members.slice(at, at + 3) as [string, string?, string?]
      const range = dash === '-' && high !== undefined
      if (range ? low <= one && one <= high : low === one) return !inverted
      if (range) at += 2
    }
    return inverted
  }
}

/** Of several `*` only the last is ever tried anew. */
function fits({ dotted, name: pattern }: { dotted: boolean; name: NamePattern }, text: string) {
  if (text.startsWith('.') && !dotted) return false
  const name = [...text]
  let [at, in_] = [0, 0]
  let star: { at: number; in_: number } | undefined
  while (in_ < name.length) {
    const one = pattern[at]
    if (one === null) {
      star = { at, in_ }
      at += 1
    } else if (one?.(name[in_] as string)) {
      at += 1
      in_ += 1
    } else if (star !== undefined) {
      star.in_ += 1
      at = star.at + 1
      in_ = star.in_
    } else return false
  }
  while (pattern[at] === null) at += 1
  return at === pattern.length
}
