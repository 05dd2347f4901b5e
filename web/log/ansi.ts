/**
 * A line of a terminal as pieces of text with their look. Pure, and inert: colours and weights are all
 * that a log can say. Titles and links (OSC), cursor moves and other controls are dropped; what turns the
 * order of characters around is shown by its name, since it makes a log look like what it is not.
 */

export interface Look {
  /** 0 to 15 of the palette, or what CSS understands. */
  fg?: number | string
  bg?: number | string
  bold?: true
  dim?: true
  italic?: true
  underline?: true
}

export interface Piece {
  text: string
  look: Look
}

const esc = '\\x1b'
// OSC, DCS, SOS, PM, APC with their text; CSI; any other escape. The end may be missing.
const sequence = new RegExp(
  `${esc}[\\]PX^_][^\\x07\\x1b]*(?:\\x07|${esc}\\\\)?|(?:${esc}\\[|\\x9b)([\\x30-\\x3f]*)[\\x20-\\x2f]*([\\x40-\\x7e])?|${esc}[\\x20-\\x2f]*[\\x30-\\x7e]?`,
  'g',
)
const controls = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g
const turning = /[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/g

/** @param look with which the line before ended */
export function parseLine(line: string, look: Look = {}): { pieces: Piece[]; look: Look } {
  const pieces: Piece[] = []
  const add = (raw: string) => {
    const text = raw.replace(controls, '').replace(turning, nameOf)
    if (text !== '') pieces.push({ text, look })
  }
  const shown = lastWritten(line)
  let from = 0
  for (const found of shown.matchAll(sequence)) {
    add(shown.slice(from, found.index))
    from = found.index + found[0].length
    if (found[2] === 'm') look = applied(look, found[1] ?? '')
  }
  add(shown.slice(from))
  return { pieces, look }
}

export const plainText = (line: string) =>
  parseLine(line)
    .pieces.map(({ text }) => text)
    .join('')

/** A progress bar goes back to the first column and writes over itself: what it wrote last counts. */
function lastWritten(line: string): string {
  const whole = line.replace(/\r+$/, '')
  const back = whole.lastIndexOf('\r')
  if (back < 0) return whole
  // Colours that were set before hold on.
  const before = whole.slice(0, back).match(/\x1b\[[\d;:]*m/g) ?? []
  return before.join('') + whole.slice(back + 1)
}

const nameOf = (char: string) =>
  `\u27e8U+${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}\u27e9`

/** SGR, as ECMA-48 and xterm have it. */
function applied(look: Look, params: string): Look {
  const codes = params.split(/[;:]/).map(Number)
  let next: Look = { ...look }
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index] as number
    if (code === 0) next = {}
    else if (code === 1) next.bold = true
    else if (code === 2) next.dim = true
    else if (code === 3) next.italic = true
    else if (code === 4) next.underline = true
    else if (code === 22) next = without(next, 'bold', 'dim')
    else if (code === 23) next = without(next, 'italic')
    else if (code === 24) next = without(next, 'underline')
    else if (code === 39) next = without(next, 'fg')
    else if (code === 49) next = without(next, 'bg')
    else if (code >= 30 && code <= 37) next.fg = code - 30
    else if (code >= 90 && code <= 97) next.fg = code - 82
    else if (code >= 40 && code <= 47) next.bg = code - 40
    else if (code >= 100 && code <= 107) next.bg = code - 92
    else if (code === 38 || code === 48) {
      const wide = codes[index + 1] === 2
      const color = wide ? rgb(codes.slice(index + 2, index + 5)) : indexed(codes[index + 2])
      index += wide ? 4 : 2
      if (color !== undefined) next[code === 38 ? 'fg' : 'bg'] = color
    }
  }
  return next
}

function without(look: Look, ...names: (keyof Look)[]): Look {
  return Object.fromEntries(
    Object.entries(look).filter(([name]) => !names.includes(name as keyof Look)),
  )
}

function rgb(parts: number[]): string | undefined {
  const valid = parts.length === 3 && parts.every((part) => part >= 0 && part <= 255)
  return valid ? `rgb(${parts.join(' ')})` : undefined
}

/** xterm's 256: the palette, a cube of 6x6x6, 24 greys. */
function indexed(code: number | undefined): number | string | undefined {
  if (code === undefined || !(code >= 0 && code <= 255)) return undefined
  if (code < 16) return code
  if (code >= 232) return rgb(Array(3).fill(8 + 10 * (code - 232)))
  const level = (part: number) => (part === 0 ? 0 : 55 + 40 * part)
  const cube = code - 16
  return rgb([level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)])
}
