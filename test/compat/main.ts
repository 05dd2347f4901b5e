/**
 * `npm run compat -- --spec FILE [--json]`: every operation of Semaphore's own `api-docs.yml`, carried out
 * on a real server. Exit code 0: all is as documented, or known and explained; 1: something is not.
 */
import { parseArgs } from 'node:util'
import { AppError, lineOf } from '../../lib/errors.ts'
import { CleanupStack } from '../../lib/stack.ts'
import { openWorld } from '../kit/world.ts'
import { report, table } from './report.ts'
import { readSpec, type Spec } from './spec.ts'
import { type Finding, walk } from './walk.ts'

try {
  const { spec: path, json } = wanted(process.argv.slice(2))
  const spec = readSpec(path)
  const all = report(spec.version, await carryOut(spec))
  console.log(json ? JSON.stringify(all, null, 2) : table(all))
  process.exitCode = all.unexplained.length > 0 ? 1 : 0
} catch (error) {
  console.error(`compat: ${lineOf(error)}`)
  process.exitCode = error instanceof AppError && error.code === 'usage' ? 2 : 1
}

async function carryOut(spec: Spec): Promise<Finding[]> {
  await using stack = new CleanupStack()
  const world = stack.use(await openWorld({ files: { 'hello.sh': 'echo hello' } }))
  const { api, url, ca, project } = world
  const token = (await api.post('/api/user/tokens')).json().id
  const { git_url: gitUrl } = (
    await api.get(`${project.path}/repositories/${project.repository}`)
  ).json()
  return await walk(spec, { api, url, ca, token, gitUrl })
}

function wanted(args: string[]): { spec: string; json: boolean } {
  const options = { spec: { type: 'string' }, json: { type: 'boolean', default: false } } as const
  let values: { spec?: string; json: boolean }
  try {
    values = parseArgs({ args, options }).values
  } catch (cause) {
    throw new AppError('usage', lineOf(cause), { cause })
  }
  const { spec, json } = values
  if (spec !== undefined) return { spec, json }
  throw new AppError('usage', '--spec: expected the path of an api-docs.yml, got nothing')
}
