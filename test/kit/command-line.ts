/** The command line as a person types it who looks after a world. */
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { outstation } from '../cli/outstation.ts'
import type { World } from './world.ts'

/** Runs `outstation` with these arguments, which must succeed. @returns what it prints */
export type CommandLine = (...args: string[]) => Promise<string>

/** Of the administrator; all times are in UTC. */
export async function commandLineOf({ api, ca, folder, url }: World): Promise<CommandLine> {
  const caFile = join(folder, 'ca-of-the-administrator.pem')
  await writeFile(caFile, ca)
  const env = {
    OUTSTATION_HOST: url,
    OUTSTATION_CA_FILE: caFile,
    OUTSTATION_TOKEN: (await api.post('/api/user/tokens')).json().id,
    TZ: 'UTC',
  }
  return async (...args) => {
    const { code, stdout, stderr } = await outstation(args, { env })
    assert.deepEqual([code, stderr], [0, ''], args.join(' '))
    return stdout
  }
}
