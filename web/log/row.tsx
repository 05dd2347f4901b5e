import { type Look, type Piece, parseLine } from './ansi.ts'
import type { Line } from './pages.ts'

interface Props {
  number: number
  /** undefined = on its way. */
  line: Line | undefined
  look: Look
  times: boolean
  hot: boolean
  onChoose: () => void
}

export function Row({ number, line, look, times, hot, onChoose }: Props) {
  return (
    <div class={hot ? 'line hot' : 'line'}>
      <a
        class="number"
        href={`#L${number}`}
        aria-label={`Line ${number}`}
        tabIndex={-1}
        onClick={(event) => {
          event.preventDefault()
          onChoose()
        }}
      >
        {number}
      </a>
      {times && <span class="time">{line ? new Date(line.time).toLocaleTimeString() : ''}</span>}
      <span class="text">{line ? parseLine(line.output, look).pieces.map(show) : '…'}</span>
    </div>
  )
}

/** Text only ever becomes a text node: no markup of a log is ever read as such. */
function show({ text, look }: Piece, index: number) {
  const { fg, bg, bold, dim, italic, underline } = look
  const names = [
    typeof fg === 'number' && `f${fg}`,
    typeof bg === 'number' && `b${bg}`,
    bold && 'bold',
    dim && 'dimmed',
    italic && 'italic',
    underline && 'underline',
  ].filter(Boolean)
  if (names.length === 0 && fg === undefined && bg === undefined) return text
  const style = {
    ...(typeof fg === 'string' && { color: fg }),
    ...(typeof bg === 'string' && { backgroundColor: bg }),
  }
  return (
    <span key={index} class={names.join(' ')} style={style}>
      {text}
    </span>
  )
}
