/**
 * Roles and collections that a playbook requires, installed before it as Semaphore does: from
 * `collections/requirements.yml`, `roles/requirements.yml` and `requirements.yml`, beside the
 * playbook and at the top of the repository. A file that has not changed since is skipped. Where the
 * runner's policy names repositories, they come from those alone, and so without what they depend on.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { sha256hex } from '../../../lib/ids.ts'
import { inside } from '../inside.ts'
import { obeyFrom } from '../policy.ts'
import type { AppInput, Command, Hands } from './app.ts'
import { type Kind, requirementsOf } from './requirements.ts'

const places: [kinds: Kind[], path: string][] = [
  [['collection'], 'collections/requirements.yml'],
  [['role'], 'roles/requirements.yml'],
  [['collection', 'role'], 'requirements.yml'],
]

export async function installRequirements(
  { folder, notes, policy }: AppInput,
  playbook: string,
  env: Record<string, string>,
  hands: Hands,
): Promise<void> {
  const closed = policy.repositories !== undefined
  const folders = new Set([normalize(dirname(playbook)), '.'])
  for (const [kinds, name] of places) {
    for (const path of [...folders].map((parent) => join(parent, name))) {
      const real = await inside(folder, path)
      if (real === undefined) continue
      const text = await readFile(real, 'utf8')
      if (closed) {
        for (const { kind, from } of requirementsOf(path, text)) obeyFrom(policy, kind, from)
      }
      for (const kind of kinds.filter((each) => kinds.length === 1 || mentions(text, each))) {
        const seal = join(notes, sha256hex(`${kind} ${path}`))
        if ((await readFile(seal, 'utf8').catch(() => '')) === sha256hex(text)) {
          await hands.note(`${path}: unchanged, ansible-galaxy ${kind} install skipped`)
          continue
        }
        await hands.run(install(kind, [...(closed ? ['--no-deps'] : []), '-r', path], env))
        await keep(seal, sha256hex(text))
      }
    }
  }
}

function install(kind: Kind, what: string[], env: Record<string, string>): Command {
  return {
    program: 'ansible-galaxy',
    args: [kind, 'install', ...what, '--force'],
    env,
    failure: 'Failed to install requirements',
    fix: 'install ansible-core',
  }
}

/** A plain list names roles; else there is a key for each kind. */
function mentions(text: string, kind: Kind): boolean {
  return new RegExp(`^${kind}s\\s*:`, 'm').test(text) || (kind === 'role' && /^-\s/m.test(text))
}

async function keep(seal: string, digest: string): Promise<void> {
  await mkdir(dirname(seal), { recursive: true, mode: 0o700 })
  await writeFile(seal, digest)
}
