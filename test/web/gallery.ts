/** The pictures of all views on one page: a view a row, narrow to wide, light above dark. */
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

const style = `
body { margin: 24px; font: 14px/1.5 system-ui, sans-serif; background: #8b8f96; color: #111 }
div { display: flex; gap: 16px; align-items: flex-start; margin-bottom: 16px }
img { max-width: 46vw; box-shadow: 0 1px 6px #0006 }`

/** Makes `index.html` of the pictures `NAME-THEME-WIDTH.png` in `folder`. */
export async function writeGallery(folder: string): Promise<void> {
  const rows = new Map<string, { file: string; width: number }[]>()
  for (const file of await readdir(folder)) {
    const [, row, width] = /^(.+-(?:light|dark))-(\d+)\.png$/.exec(file) ?? []
    if (row === undefined) continue
    rows.set(row, [...(rows.get(row) ?? []), { file, width: Number(width) }])
  }
  const sorted = [...rows].sort(([a], [b]) => order(a).localeCompare(order(b)))
  const html = sorted.map(([row, all]) => {
    all.sort((a, b) => a.width - b.width)
    const images = all.map(
      ({ file, width }) =>
        `<a href="${file}"><img src="${file}" width="${width}" loading="lazy"></a>`,
    )
    return `<h2>${row}</h2><div>${images.join('')}</div>`
  })
  const page = `<!doctype html><meta charset="utf-8"><title>Views</title><style>${style}</style>`
  await writeFile(join(folder, 'index.html'), `${page}${html.join('\n')}\n`)
}

const order = (row: string) => row.replace(/-light$/, '-1').replace(/-dark$/, '-2')
