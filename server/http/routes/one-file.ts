import { AppError } from '../../../lib/errors.ts'
import type { App } from '../app.ts'
import { readOneFile } from '../one-file.ts'
import { sendFile } from '../send-file.ts'

/** The program for machines that have Node and reach this server, and maybe nothing else. */
export function oneFileRoute(app: App): void {
  let reading: ReturnType<typeof readOneFile> | undefined

  app.get(
    '/outstation.mjs',
    {
      config: { access: 'public' },
      schema: { tags: ['system'], summary: 'The runner, of this version, in one file' },
    },
    async (request, reply) => {
      reading ??= readOneFile()
      const file = await reading
      if (file !== undefined) return sendFile(request, reply, file)
      reading = undefined
      throw new AppError('not_found', 'outstation.mjs: expected it to be built, found none', {
        fix: 'run "npm run build" where the server is installed',
      })
    },
  )
}
