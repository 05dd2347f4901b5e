/**
 * What a task printed, made fit for the terminal of whoever looks: colours stay, everything that could
 * steer the terminal (titles, clipboard, cursor, links, answers to queries) goes. A piece may end
 * within a sequence; its beginning is held until the rest comes.
 */
export interface TerminalText {
  /** The fit part of `piece` and of what was held. */
  push(piece: string): string
  /** What is still held when nothing more comes. */
  end(): string
}

// ECMA-48: CSI sequences, the five kinds of control strings, other escapes, then single controls.
const sequence =
  /\x1b\[([0-?]*)([ -/]*)([@-~])|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)|\x1b[ -/]*[0-~]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]/g
const unfinished =
  /(?:\x1b\[[0-?]*[ -/]*|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*\x1b?|\x1b[ -/]*)$/
/** A sequence longer than this is none; its text is shown without the escape. */
const mostHeld = 65_536

export function createTerminalText(colour: boolean): TerminalText {
  let held = ''
  const fit = (text: string) =>
    text.replace(sequence, (found, _parameters, between, final) =>
      colour && final === 'm' && between === '' ? found : '',
    )
  return {
    push(piece) {
      const text = held + piece
      const cut = unfinished.exec(text)?.index ?? text.length
      const tooLong = text.length - cut > mostHeld
      held = tooLong ? '' : text.slice(cut)
      return fit(tooLong ? text : text.slice(0, cut))
    },
    end() {
      const rest = held.replace(/^\x1b/, '')
      held = ''
      return fit(rest)
    },
  }
}

/** A name or message of the server as one line without any escape. */
export function plainLine(text: string): string {
  const filter = createTerminalText(false)
  return `${filter.push(text)}${filter.end()}`.replace(/\s+/g, ' ').trim()
}
