/**
 * `ansible-playbook -i INV [--user L] [--become-user B] [-vvvv] [--diff] [--check]
 * [--vault-id=NAME@FILE] --extra-vars JSON [--extra-vars @FILE] <template args> [--limit= --tags=
 * --skip-tags=] <task args> PLAYBOOK`: Semaphore's command line without its secrets.
 *
 * Semaphore answers ansible's password prompts through a pseudo-terminal; ansible-core 2.12 reads the
 * same from files: connection and become password by ANSIBLE_CONNECTION_PASSWORD_FILE and
 * ANSIBLE_BECOME_PASSWORD_FILE, vault passwords by --vault-id, secret variables by --extra-vars @file.
 * The files are 0600, in memory, and go when the task ends. There is a terminal only for a command line
 * that asks of its own (`--ask-become-pass` among the arguments of its template).
 */
import { readFile } from 'node:fs/promises'
import type { Job, Key } from '../../../broker/job.ts'
import { AppError } from '../../../lib/errors.ts'
import { inside } from '../inside.ts'
import type { SecretFolder } from '../secret-folder.ts'
import { answersOf, asks } from './ansible-questions.ts'
import type { App, AppInput, Command } from './app.ts'
import { installRequirements } from './galaxy.ts'
import { Recap } from './recap.ts'
import { scriptOf } from './script.ts'
import { hiddenVars, shownVars } from './secret-vars.ts'
import { taskDetails } from './task-details.ts'

const program = 'ansible-playbook'
const fix = 'install ansible-core'

export const ansible: App = {
  program,
  fix,
  async run(input, hands) {
    const playbook = await scriptOf(input, 'playbook')
    const env = ansibleEnv(input)
    if (!input.job.skip_galaxy_install) await installRequirements(input, playbook, env, hands)
    const recap = new Recap()
    const args = [...(input.settings.args ?? []), ...(await playbookArgs(input)), playbook]
    const command: Command = {
      program: input.settings.path || program,
      args,
      env: { ...env, ...(await passwordFiles(input)) },
      ...((await mayAsk(input, args)) ? { answers: answersOf(input.job) } : {}),
      failure: 'Running app failed',
      fix,
      // The masters of its ssh connections stay for the next play, here for nothing.
      leaves: ['ssh'],
      read: (line) => recap.read(line),
    }
    await hands.run(command).finally(() => recap.summary && hands.report(recap.summary))
  },
}

async function playbookArgs(input: AppInput): Promise<string[]> {
  const { job, inventory, secrets } = input
  return [
    ...(inventory.path === undefined ? [] : ['-i', inventory.path]),
    ...loginArgs(job),
    ...(job.verbosity > 0 ? [`-${'v'.repeat(job.verbosity)}`] : []),
    ...(job.diff ? ['--diff'] : []),
    ...(job.dry_run ? ['--check'] : []),
    ...(await vaultArgs(input)),
    ...['--extra-vars', await plainVars(input)],
    ...(await secretVars(job, secrets)),
    ...job.template_arguments,
    ...(job.limit.length > 0 ? [`--limit=${job.limit.join(',')}`] : []),
    ...(job.tags.length > 0 ? [`--tags=${job.tags.join(',')}`] : []),
    ...(job.skip_tags.length > 0 ? [`--skip-tags=${job.skip_tags.join(',')}`] : []),
    ...job.task_arguments,
  ]
}

/** Linux takes 128 KiB in one argument; what is longer goes by a file, which Ansible reads the same. */
const longestArgument = 65_536

async function plainVars(input: AppInput): Promise<string> {
  const json = JSON.stringify(extraVars(input))
  if (Buffer.byteLength(json) <= longestArgument) return json
  return `@${await input.secrets.file('plain-vars.json', json)}`
}

function extraVars(input: AppInput): Record<string, unknown> {
  const own = input.job.variables.semaphore_vars
  return {
    ...input.job.variables,
    semaphore_vars: { ...(isRecord(own) ? own : {}), task_details: taskDetails(input) },
  }
}

async function secretVars(job: Job, secrets: SecretFolder): Promise<string[]> {
  // Semaphore writes name=value, which ansible would split at the first space of the value.
  const shown = shownVars(job).flatMap(([name, value]) => [
    '--extra-vars',
    JSON.stringify({ [name]: value }),
  ])
  const hidden = hiddenVars(job)
  if (Object.keys(hidden).length === 0) return shown
  const path = await secrets.file('extra-vars.json', JSON.stringify(hidden))
  return ['--extra-vars', `@${path}`]
}

async function vaultArgs({ job, folder, secrets }: AppInput): Promise<string[]> {
  const args: string[] = []
  for (const [index, vault] of job.vaults.entries()) {
    const name = vault.name || 'default'
    if (vault.type === 'password') {
      const path = await secrets.file(`vault-${index}`, vault.password ?? '')
      args.push(`--vault-id=${name}@${path}`)
    } else {
      const path = vault.script && (await inside(folder, vault.script))
      if (!path)
        throw new AppError('not_found', `vault script ${vault.script}: not in the repository`)
      args.push(`--vault-id=${name}@${path}`)
    }
  }
  return args
}

function loginArgs({ inventory }: Job): string[] {
  if (!inventory) return []
  const user = loginOf(inventory.ssh_key, 'ssh key', ['none', 'ssh', 'login_password'])
  const become = loginOf(inventory.become_key, 'become key', ['none', 'login_password'])
  return [...(user ? ['--user', user] : []), ...(become ? ['--become-user', become] : [])]
}

/** Where there is a file, an `ask_pass` in ansible.cfg would only have it not be read. */
async function passwordFiles({ job, secrets }: AppInput): Promise<Record<string, string>> {
  const keys: [file: string, asks: string, Key | undefined][] = [
    ['ANSIBLE_CONNECTION_PASSWORD_FILE', 'ANSIBLE_ASK_PASS', job.inventory?.ssh_key],
    ['ANSIBLE_BECOME_PASSWORD_FILE', 'ANSIBLE_BECOME_ASK_PASS', job.inventory?.become_key],
  ]
  const env: Record<string, string> = {}
  for (const [file, asks, key] of keys) {
    if (key?.type !== 'login_password' || key.password === '') continue
    env[file] = await secrets.file(file.toLowerCase(), `${key.password}\n`)
    env[asks] = 'False'
  }
  return job.vaults.length > 0 ? { ...env, ANSIBLE_ASK_VAULT_PASS: 'False' } : env
}

async function mayAsk({ job, folder }: AppInput, args: readonly string[]): Promise<boolean> {
  const path = await inside(folder, 'ansible.cfg').catch(() => undefined)
  const config = path === undefined ? '' : await readFile(path, 'utf8').catch(() => '')
  return asks({ args, env: job.env, config })
}

function ansibleEnv({ home, secrets }: AppInput): Record<string, string> {
  return {
    PYTHONUNBUFFERED: '1',
    ANSIBLE_FORCE_COLOR: 'True',
    ANSIBLE_HOST_KEY_CHECKING: 'False',
    ANSIBLE_HOME: `${home}/.ansible`,
    // A socket's path must be short, and a work folder may lie deep.
    ANSIBLE_SSH_CONTROL_PATH_DIR: `${secrets.own}/cp`,
  }
}

/** '' when it has none. Throws AppError `invalid` for a key that Ansible could do nothing with. */
function loginOf(key: Key, name: string, types: Key['type'][]): string {
  if (types.includes(key.type)) return 'login' in key ? key.login : ''
  const expected = types.join(', ')
  throw new AppError('invalid', `${name} of the inventory: expected ${expected}, got ${key.type}`)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
