import { type ApiDocument, apiPage } from '../api-page/page.ts'
import { policy } from '../api-page/style.ts'
import type { App } from '../app.ts'

const tags = ['system']
const open = { access: 'public' } as const

/** This API about itself, for programs and for people. */
export function apiDocsRoutes(app: App): void {
  let page: string | undefined

  app.get(
    '/api/openapi.json',
    { config: open, schema: { tags, summary: 'This API as OpenAPI 3.1' } },
    async () => app.swagger(),
  )

  app.get(
    '/api/docs',
    { config: open, schema: { tags, summary: 'This API as a page' } },
    async (_request, reply) => {
      page ??= apiPage(app.swagger() as unknown as ApiDocument)
      return reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', policy)
        .header('cache-control', 'no-cache')
        .send(page)
    },
  )
}
