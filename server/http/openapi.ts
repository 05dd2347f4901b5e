/** The documentation, made from the schemas that the server itself checks requests with. */
import swagger, { type SwaggerTransform } from '@fastify/swagger'
import type { App } from './app.ts'
import { ErrorBody } from './errors.ts'

export async function describeApi(app: App, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Outstation',
        version,
        description: 'Semaphore UI\'s paths and JSON; every error is `{"error": "..."}`.',
      },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer' },
          cookie: { type: 'apiKey', in: 'cookie', name: 'semaphore' },
        },
      },
      security: [{ bearer: [] }, { cookie: [] }],
    },
    transform: describeRoute,
  })
}

/**
 * Says who may call it (`x-access`, as access.ts checks it). A route without an answer of its own
 * answers 204; every route may answer an error.
 */
const describeRoute: SwaggerTransform = ({ schema, url, route }) => {
  const { access } = route.config ?? {}
  const deletes = route.method !== 'GET' && schema?.response === undefined
  return {
    url,
    schema: {
      ...schema,
      ...(access === 'public' && { security: [] }),
      'x-access': access,
      response: {
        ...(deletes && { 204: { type: 'null', description: 'Done' } }),
        ...(schema?.response as object),
        default: { ...ErrorBody, description: 'An error' },
      },
    },
  }
}
