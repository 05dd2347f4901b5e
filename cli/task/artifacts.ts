/** `outstation task artifacts` */
import { AppError, lineOf } from '../../lib/errors.ts'
import { type Client, type ClientFlags, createClient } from '../client.ts'
import { tableOf } from '../table.ts'
import { plainLine } from '../terminal-text.ts'
import { findTask, pathOf } from './find.ts'
import { saveFile } from './save-file.ts'

interface Artifact {
  id: number
  name: string
  bytes: number
  sha256: string | null
  problem: string | null
}

export interface ArtifactFlags extends ClientFlags {
  download?: string
  force?: boolean
  json?: boolean
}

/** @throws AppError `conflict` with --download, if one that is there could not be saved */
export async function showArtifacts(number: string, flags: ArtifactFlags): Promise<void> {
  const client = createClient(flags, process.env)
  const path = `${pathOf(await findTask(client, number))}/artifacts`
  const artifacts = await client.get<Artifact[]>(path)
  if (flags.json) console.log(JSON.stringify(artifacts))
  else if (artifacts.length === 0) console.log('no artifacts')
  else console.log(tableOf(['ID', 'NAME', 'BYTES', 'PROBLEM'], artifacts.map(row)))
  const { download: folder, force = false } = flags
  if (folder !== undefined) await download(client, path, artifacts, { folder, force })
}

function row({ id, name, bytes, problem }: Artifact): unknown[] {
  return [id, name, bytes, problem]
}

/** Each for itself: one that cannot be saved does not cost the others. */
async function download(
  client: Client,
  path: string,
  artifacts: readonly Artifact[],
  to: { folder: string; force: boolean },
): Promise<void> {
  let lost = 0
  for (const { id, name, sha256 } of artifacts.filter(({ problem }) => problem === null)) {
    try {
      const body = () => client.stream(`${path}/${id}`, { accept: '*/*' })
      await saveFile({ ...to, name, sha256: sha256 ?? '' }, body)
    } catch (error) {
      lost += 1
      console.error(plainLine(lineOf(error)))
    }
  }
  if (lost > 0) throw new AppError('conflict', `--download: ${lost} of them could not be saved`)
}
