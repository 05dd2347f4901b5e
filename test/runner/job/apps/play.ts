/** Jobs of Ansible for tests, by the real ansible-playbook. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Job } from '../../../../broker/job.ts'
import type { JobContext } from '../../../../runner/job/context.ts'
import { runJob } from '../../../../runner/job/run.ts'
import { makeJob, noKey } from '../../../kit/job.ts'
import { makeContext, tempFolder } from '../make.ts'

const missing = spawnSync('ansible-playbook', ['--version']).error
/** Why there is nothing to test with, or false. */
export const skip = missing ? 'ansible-playbook is not installed' : false
if (skip && process.env.CI) throw new Error(skip)

/** Asks for a password and changes no user. */
export const recordedSudo = join(import.meta.dirname, '../../../fixtures/programs/recorded/sudo')

export const inventory = {
  id: 5,
  name: 'hosts',
  type: 'static' as const,
  inventory: 'here ansible_connection=local ansible_python_interpreter=/usr/bin/python3\n',
  ssh_key: noKey,
  become_key: noKey,
}

/** Runs a job whose repository holds these files. */
export async function play(
  t: TestContext,
  files: Record<string, string>,
  job: Partial<Job> = {},
  changesOfContext: Partial<JobContext> = {},
) {
  const folder = await tempFolder(t)
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    const mode = content.startsWith('#!') ? 0o755 : 0o644
    await writeFile(join(folder, name), content, { mode })
  }
  const { context, log } = await makeContext(t, changesOfContext)
  const changes = { app: 'ansible', playbook: 'site.yml', inventory, ...job }
  const run = () => runJob(makeJob({ ...changes, repository: { git_url: folder } }), context)
  return { end: await run(), log, run, context }
}

/** As ansible-vault encrypts it. */
export function vaulted(text: string, password: string, id = 'default'): string {
  if (skip) return ''
  const script = 'ansible-vault encrypt --vault-id "$1"@<(printf %s "$0") --output - -'
  return execFileSync('bash', ['-c', script, password, id], { input: text, encoding: 'utf8' })
}
