/**
 * Finds many words in one pass. Aho, Corasick, "Efficient string matching" (CACM 1975): one table
 * look-up a byte, whatever the number of words.
 */

export interface Automaton {
  /** Byte -> column of the table; 0 for bytes that are in no word. */
  classes: Uint8Array
  width: number
  /** State and column -> next state. */
  next: Int32Array
  /** State -> length of the longest word that ends here, 0 for none. */
  longest: Int32Array
  /** The same, of those words that may be broken over lines. */
  longestBroken: Int32Array
  /** State -> number of bytes that may be the start of a word. */
  depth: Int32Array
  /** Length of the longest word. */
  reach: number
}

/** Neither list may hold an empty word. */
export function buildAutomaton(
  whole: readonly Uint8Array[],
  breakable: readonly Uint8Array[],
): Automaton {
  const words = [...whole, ...breakable]
  const classes = new Uint8Array(256)
  let width = 1
  for (const word of words) {
    for (const byte of word) classes[byte] ||= width++
  }
  const size = words.reduce((sum, word) => sum + word.length, 1)
  const next = new Int32Array(size * width)
  const longest = new Int32Array(size)
  const longestBroken = new Int32Array(size)
  const depth = new Int32Array(size)
  const reach = words.reduce((most, word) => Math.max(most, word.length), 0)
  let states = 1
  for (const [at, word] of words.entries()) {
    let state = 0
    for (const byte of word) {
      const edge = state * width + (classes[byte] as number)
      if (next[edge] === 0) {
        depth[states] = (depth[state] as number) + 1
        next[edge] = states++
      }
      state = next[edge] as number
    }
    longest[state] = word.length
    if (at >= whole.length) longestBroken[state] = word.length
  }
  const automaton = { classes, width, next, longest, longestBroken, depth, reach }
  connect(automaton)
  return automaton
}

/** Breadth first: where a state has no edge of its own it goes where its longest suffix goes. */
function connect({ width, next, longest, longestBroken }: Automaton): void {
  const suffix = new Int32Array(longest.length)
  const queue: number[] = [0]
  for (let read = 0; read < queue.length; read++) {
    const state = queue[read] as number
    const fallback = suffix[state] as number
    longest[state] ||= longest[fallback] as number
    longestBroken[state] ||= longestBroken[fallback] as number
    for (let column = 1; column < width; column++) {
      const edge = state * width + column
      const target = next[edge] as number
      const detour = state === 0 ? 0 : (next[fallback * width + column] as number)
      if (target === 0) next[edge] = detour
      else {
        suffix[target] = detour
        queue.push(target)
      }
    }
  }
}
