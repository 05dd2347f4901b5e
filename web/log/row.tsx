import { duration } from '../parts/time.tsx'
import { type Look, type Piece, parseLine } from './ansi.ts'
import type { Section } from './folds.ts'
import type { Line } from './pages.ts'

interface Props {
  number: number
  /** undefined = on its way. */
  line: Line | undefined
  look: Look
  times: boolean
  hot: boolean
  /** That begins with this line. */
  section: Section | undefined
  folded: boolean
  /** Lines of the log. */
  total: number
  onChoose: () => void
  onFold: () => void
}

export function Row(props: Props) {
  const { number, line, look, times, hot, section, folded, onChoose, onFold } = props
  return (
    <div class={['line', hot && 'hot', section && 'begins'].filter(Boolean).join(' ')}>
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
      {section && (
        <button
          type="button"
          class="fold"
          aria-expanded={!folded}
          aria-label={`The part at line ${number}`}
          onClick={onFold}
        >
          {folded ? '▸' : '▾'}
        </button>
      )}
      <span class="text">{line ? parseLine(line.output, look).pieces.map(show) : '…'}</span>
      {section && folded && <span class="aside">{sizeOf(section, props.total)}</span>}
    </div>
  )
}

function sizeOf({ mark, end, until }: Section, total: number): string {
  const lines = (end ?? total) - mark.line - 1
  const took = until && Date.parse(until) - Date.parse(mark.time)
  const words = lines === 1 ? '1 line' : `${lines.toLocaleString()} lines`
  return took ? `${words} · ${duration(took)}` : words
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
