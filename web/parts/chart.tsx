/** Small charts, each of which says in words what it shows. */
import type { Tone } from './state.tsx'

const width = 96
const height = 20

/** A line through the last values, oldest first; nothing for fewer than two. */
export function Spark({ values, label, tone }: { values: number[]; label: string; tone: Tone }) {
  if (values.length < 2) return <span class="faint">–</span>
  const most = Math.max(...values, 1)
  const points = values.map((value, index) => {
    const x = 1 + (index * (width - 2)) / (values.length - 1)
    return `${x.toFixed(1)},${(height - 2 - (value / most) * (height - 4)).toFixed(1)}`
  })
  return (
    <svg class="spark" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      <polyline points={points.join(' ')} style={{ stroke: `var(--${tone})` }} />
    </svg>
  )
}

export interface Column {
  name: string
  /** From the foot up. */
  parts: { count: number; color: string; name: string }[]
}

const chartHeight = 72
const columnWidth = 24

/** Columns beside each other, all to one scale. */
export function Columns({ of, label }: { of: Column[]; label: string }) {
  const sum = ({ parts }: Column) => parts.reduce((all, { count }) => all + count, 0)
  const most = Math.max(...of.map(sum), 1)
  const scale = chartHeight / most
  return (
    <svg
      class="columns"
      viewBox={`0 0 ${of.length * columnWidth} ${chartHeight + 2}`}
      role="img"
      aria-label={label}
      preserveAspectRatio="none"
    >
      {of.map((column, index) => {
        let top = chartHeight + 1
        return (
          <g key={column.name}>
            <title>
              {[column.name, ...column.parts.map(({ count, name }) => `${count} ${name}`)].join(
                ', ',
              )}
            </title>
            <rect
              x={index * columnWidth + 3}
              y={chartHeight}
              width={columnWidth - 6}
              height={2}
              fill="var(--line)"
            />
            {column.parts.map(({ count, color, name }) => {
              const high = count * scale
              top -= high
              return (
                <rect
                  key={name}
                  x={index * columnWidth + 3}
                  y={top}
                  width={columnWidth - 6}
                  height={high}
                  fill={color}
                />
              )
            })}
          </g>
        )
      })}
    </svg>
  )
}
