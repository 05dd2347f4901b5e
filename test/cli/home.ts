/** An API with the project `home`, and the commands of a person who may speak to it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after } from 'node:test'
import { startApi } from '../kit/api.ts'
import { makeProject } from '../kit/project.ts'
import { outstation } from './outstation.ts'

/** For the tests of the file that calls it: gone after the last of them. */
export async function openHome() {
  const api = await startApi()
  after(() => api.close())
  const project = await makeProject(api.admin, 'home')
  const ca = join(api.folder, 'ca.pem')
  writeFileSync(ca, api.ca)
  /** What tells the commands where the server is, and who asks. */
  const env: Record<string, string> = {
    OUTSTATION_HOST: api.base,
    OUTSTATION_CA_FILE: ca,
    OUTSTATION_TOKEN: (await api.admin.post('/api/user/tokens')).json().id,
  }
  const run = (...args: string[]) => outstation(args, { env })
  return { api, project, env, run }
}
