/** `outstation project export`, `project import`: Semaphore's backup of a project, as a file. */
import { readFileSync, writeFileSync } from 'node:fs'
import { AppError, systemCode } from '../lib/errors.ts'
import { type ClientFlags, createClient } from './client.ts'
import { print } from './print.ts'
import { readStdin } from './stdin.ts'
import { findProject } from './task/find.ts'
import { plainLine } from './terminal-text.ts'

export interface ExportFlags extends ClientFlags {
  project?: string
  /** Semaphore's name of the same. */
  'project-name'?: string
  file?: string
}

/** To a file that is not there yet, else to standard output. */
export async function exportProject(flags: ExportFlags): Promise<void> {
  const client = createClient(flags, process.env)
  const { id } = await findProject(client, flags.project ?? flags['project-name'])
  const backup = await client.get<unknown>(`/project/${id}/backup`)
  const text = `${JSON.stringify(backup, null, 2)}\n`
  if (flags.file === undefined || flags.file === '-') return await print(text)
  try {
    writeFileSync(flags.file, text, { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
    throw new AppError('conflict', `${flags.file}: expected a new file, got one that is there`)
  }
}

interface Restored {
  id: number
  name: string
  missing_secrets: string[]
  left_out: string[]
}

/** Always a new project: what is there already stays as it is. */
export async function importProject(flags: ExportFlags): Promise<void> {
  const backup = backupOf(flags.file, await textOf(flags.file))
  const name = flags.project ?? flags['project-name']
  const client = createClient(flags, process.env)
  const body = name === undefined ? backup : { ...backup, meta: { ...backup.meta, name } }
  const restored = await client.post<Restored>('/projects/restore', body)
  console.log(`Project ${restored.id}, ${plainLine(restored.name)}`)
  for (const line of restored.missing_secrets) console.log(`enter anew: ${plainLine(line)}`)
  for (const line of restored.left_out) console.log(`left out: ${plainLine(line)}`)
}

async function textOf(file: string | undefined): Promise<string> {
  if (file === undefined) {
    throw new AppError('usage', '--file: expected the file of a backup, or -, got nothing')
  }
  return file === '-' ? await readStdin() : readFileSync(file, 'utf8')
}

function backupOf(file = '-', text: string): { meta?: object } {
  try {
    const value = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // Told below.
  }
  throw new AppError('invalid', `${file}: expected the JSON of a backup, got something else`)
}
