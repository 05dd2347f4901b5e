import { plainLine } from './terminal-text.ts'

/** Rows under their headings, in columns as wide as they need to be. */
export function tableOf(headings: readonly string[], rows: readonly unknown[][]): string {
  const cells = [headings, ...rows].map((row) => row.map((cell) => plainLine(String(cell ?? ''))))
  const widths = headings.map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  )
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
