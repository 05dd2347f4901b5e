/**
 * The passwords for which Ansible asks on a terminal where its command line, its environment or its
 * configuration says so (`--ask-become-pass`, `--vault-id dev@prompt`), and which secret of the job
 * each is. A job that leaves this to the runner has them in files, and no terminal.
 */
import type { Job, Key } from '../../../broker/job.ts'
import type { Answer, Answers } from './app.ts'

export interface Sources {
  args: readonly string[]
  env: Readonly<Record<string, string>>
  /** ansible.cfg of the repository, '' for none. */
  config: string
}

/** Whether it will ask. An option may be cut short, and those of one letter stand together. */
export function asks({ args, env, config }: Sources): boolean {
  return (
    args.some((arg) => /^--ask/.test(arg) || /^-[bCDhv]*[kKJ]/.test(arg)) ||
    args.some((arg, index) => {
      const option = `${args[index - 1]}=${arg}`
      return [arg, option].some((text) => /^--vault-i(d)?=(.*@)?prompt$/.test(text))
    }) ||
    askingVariables.some((name) => /^(1|y|yes|on|t|true)$/i.test(env[name] ?? '')) ||
    /@prompt\b/.test(env.ANSIBLE_VAULT_IDENTITY_LIST ?? '') ||
    /^\s*vault_identity_list\s*[=:].*@prompt\b/m.test(config)
  )
}

/** Of the environment; Ansible's own ways to say `--ask-pass` and its like. */
const askingVariables = ['ANSIBLE_ASK_PASS', 'ANSIBLE_BECOME_ASK_PASS', 'ANSIBLE_ASK_VAULT_PASS']

export function answersOf({ inventory, vaults }: Job): Answers {
  return (question) => {
    const vault = /^Vault password(?: \((.*)\))?:$/.exec(question)
    if (vault) return vaultPassword(vaults, vault[1])
    if (question === 'SSH password:') return password(inventory?.ssh_key, 'a key')
    const become = /^(?:BECOME|SUDO) password(\[defaults to SSH password\])?:$/.exec(question)
    if (become === null) return undefined
    const own = password(inventory?.become_key, 'a become key')
    return 'fix' in own && become[1] !== undefined ? { say: '' } : own
  }
}

function password(key: Key | undefined, what: string): Answer {
  if (key?.type === 'login_password' && key.password !== '') return { say: key.password }
  return { fix: `give the inventory ${what} with a password` }
}

/** Whoever asks without a name gets that of the default one, or the only one. */
function vaultPassword(vaults: Job['vaults'], name: string | undefined): Answer {
  const wanted = name ?? 'default'
  const known = vaults.filter(({ type }) => type === 'password')
  const named = known.find((vault) => (vault.name || 'default') === wanted)
  const { password } = named ?? (name === undefined && known.length === 1 ? known[0] : {}) ?? {}
  if (password) return { say: password }
  return { fix: `give the template a vault named ${wanted}, with a password` }
}
