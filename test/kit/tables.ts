/** Tables of a page in Markdown. */
import assert from 'node:assert/strict'

/** The rows of the table after `<!-- name -->`, cell by cell. */
export function rowsAfter(text: string, name: string, { head = false } = {}): string[][] {
  const [, after] = text.split(`<!-- ${name} -->\n`)
  assert.ok(after, `no table after <!-- ${name} -->`)
  return rowsIn(after, { head })
}

/** The rows of the table with which the text begins, without its head unless that is asked for. */
export function rowsIn(text: string, { head = false } = {}): string[][] {
  const [, table = ''] = /^\n?((?:\|.*\n)+)/.exec(text) ?? []
  const [titles = '', , ...lines] = table.trim().split('\n')
  return [...(head ? [titles] : []), ...lines].map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  )
}

/** The words in code of a cell. */
export function wordsIn(cell = ''): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word as string)
}
