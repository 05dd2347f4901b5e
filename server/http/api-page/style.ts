/** What the page of the API looks like: the colours of the web page, and nothing from elsewhere. */
import { createHash } from 'node:crypto'
import { Html } from './html.ts'

const text = `
:root { color-scheme: light dark; --ink: light-dark(#1c1e21, #e8e6e3); --soft: light-dark(#62666d, #a3a29f);
  --paper: light-dark(#fbfaf8, #16171a); --sheet: light-dark(#fff, #1d1f23); --edge: light-dark(#dedbd5, #34363b);
  --go: light-dark(#1d5fc4, #7fb0ff); --make: light-dark(#1c7a3e, #69c98b); --drop: light-dark(#b3261e, #ff8a80) }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 24px 16px 64px; max-width: 960px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif }
h1 { font-size: 22px; margin: 0 0 4px } h2 { font-size: 17px; margin: 32px 0 8px } h3 { font-size: 14px; margin: 16px 0 4px }
p { margin: 4px 0; color: var(--soft) } a { color: var(--go) } nav { margin-top: 12px; line-height: 2 }
nav a { margin-right: 12px }
code { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere }
details { background: var(--sheet); border: 1px solid var(--edge); border-radius: 6px; margin: 6px 0; padding: 0 12px }
details[open] { padding-bottom: 12px }
summary { cursor: pointer; padding: 8px 0; display: flex; flex-wrap: wrap; gap: 4px 10px; align-items: baseline }
summary span { color: var(--soft); flex: 1 1 16em } summary em { color: var(--soft); font-size: 13px }
summary b { font: 600 12px/1.5 ui-monospace, monospace; min-width: 4.5em; color: var(--go) }
summary b.POST, summary b.PUT { color: var(--make) } summary b.DELETE { color: var(--drop) }
table { border-collapse: collapse; width: 100% } td { border-top: 1px solid var(--edge); padding: 4px 12px 4px 0;
  vertical-align: top; overflow-wrap: anywhere } td:first-child { width: 34% } td:last-child { color: var(--soft); width: 20% }
`

export const style = new Html(text)

/** The page may use this style and nothing else: no script, no font, no picture, from nowhere. */
export const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(text).digest('base64')}'`,
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')
