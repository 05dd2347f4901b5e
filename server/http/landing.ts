/** What a browser sees at `/`. */
import { createHash } from 'node:crypto'

const style = `
  :root { color-scheme: light dark; font: 16px/1.6 system-ui, sans-serif }
  body { max-width: 34rem; margin: 18vh auto 0; padding: 0 1.5rem }
  h1 { font-weight: 600; letter-spacing: -0.01em; margin: 0 }
  p { margin: 0.5rem 0 1.5rem; opacity: 0.8 }
  a { color: inherit; margin-right: 1.5rem }
`

/** The policy allows exactly this page's own style and nothing else. */
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

export function landingPage(version: string): { html: string; policy: string } {
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Outstation</title>
<style>${style}</style>
<h1>Outstation ${version}</h1>
<p>Runs automation tasks on runners that nobody can reach.</p>
<nav>
  <a href="/api/openapi.json">API</a>
  <a href="/ca.pem">CA certificate</a>
  <a href="/readyz">Status</a>
</nav>
</html>
`
  return { html, policy }
}
