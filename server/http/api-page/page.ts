/** The API as a page: plain markup made from the OpenAPI document, without a script. */
import { type Html, html } from './html.ts'
import { fieldTable, type Schema, typeOf } from './schema.ts'
import { style } from './style.ts'

/** The parts of the document that the page shows. */
export interface ApiDocument {
  info: { title: string; version: string; description?: string }
  paths: Record<string, Record<string, Operation>>
}

interface Body {
  content?: Record<string, { schema?: Schema }>
}

interface Operation {
  summary?: string
  tags?: string[]
  parameters?: { name: string; in: string; required?: boolean; schema: Schema }[]
  requestBody?: Body
  responses?: Record<string, Body & { description?: string }>
  'x-access'?: string
}

interface Entry extends Operation {
  method: string
  path: string
}

export function apiPage({ info, paths }: ApiDocument): string {
  const groups = byTag(paths)
  const links = [...groups.keys()].map((tag) => html`<a href="#${tag}">${tag}</a> `)
  const sections = [...groups].map(
    ([tag, entries]) =>
      html`<section id="${tag}"><h2>${tag}</h2>${entries.map(operation)}</section>`,
  )
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${info.title}: HTTP API</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${info.title} ${info.version}: HTTP API</h1>
<p>${info.description} The same for programs: <a href="/api/openapi.json">openapi.json</a>.</p>
<nav aria-label="Groups">${links}</nav>
</header>
<main>${sections}</main>
</body>
</html>
`.text
}

function byTag(paths: ApiDocument['paths']): Map<string, Entry[]> {
  const groups = new Map<string, Entry[]>()
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, one] of Object.entries(methods)) {
      const tag = one.tags?.[0] ?? 'other'
      const entry = { ...one, method: method.toUpperCase(), path }
      groups.set(tag, [...(groups.get(tag) ?? []), entry])
    }
  }
  return new Map([...groups].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function operation(entry: Entry): Html {
  const { method, path, summary, parameters = [], requestBody, responses = {} } = entry
  const body = schemaOf(requestBody)
  const answers = Object.entries(responses).filter(([status]) => status !== 'default')
  return html`<details>
<summary><b class="${method}">${method}</b> <code>${path}</code> <span>${summary}</span>
<em>${entry['x-access']}</em></summary>
${parameters.length > 0 ? html`<h3>Parameters</h3>${parameterTable(parameters)}` : undefined}
${body ? html`<h3>Request</h3>${fieldTable(body)}` : undefined}
${answers.map(([status, answer]) => html`<h3>Answer ${status}</h3>${answerOf(schemaOf(answer))}`)}
</details>`
}

function schemaOf(body: Body | undefined): Schema | undefined {
  return body?.content?.['application/json']?.schema
}

function answerOf(schema: Schema | undefined): Html {
  if (schema === undefined || schema.type === 'null') return html`<p>Nothing more.</p>`
  return fieldTable(schema)
}

function parameterTable(parameters: NonNullable<Operation['parameters']>): Html {
  return html`<table><tbody>${parameters.map(
    ({ name, in: place, required, schema }) =>
      html`<tr><td><code>${name}</code></td><td>${typeOf(schema)}</td><td>in the ${place}${required ? ', required' : ''}</td></tr>`,
  )}</tbody></table>`
}
