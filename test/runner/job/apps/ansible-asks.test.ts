/** A real ansible-playbook that asks for passwords, with real vaults. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Job } from '../../../../broker/job.ts'
import { inventory, play, recordedSudo, skip, vaulted } from './play.ts'

/** Reads two vaults and becomes somebody; tells how often a password is to be seen in /proc. */
const asking = {
  'site.yml': `
- hosts: all
  gather_facts: false
  vars_files: [dev.yml, default.yml]
  vars: { ansible_become_exe: ${recordedSudo} }
  tasks:
    - raw: echo as $SUDO_USER_WANTED
      become: true
      register: said
    - debug: { msg: "{{ dev }} {{ plain }} {{ said.stdout | trim }}" }
    - shell: cat /proc/[0-9]*/cmdline | grep -cE '(vault|become|connection)[_]word'
      failed_when: false
      register: lines
    - shell: cat /proc/[0-9]*/environ | grep -cE '(vault|connection)[_]word'
      failed_when: false
      register: environments
    - debug: { msg: "seen {{ lines.stdout }} and {{ environments.stdout }} times" }
`,
  'dev.yml': vaulted('dev: from dev\n', 'vault_word of dev', 'dev'),
  'default.yml': vaulted('plain: from default\n', 'vault_word of none'),
}
const asked: Partial<Job> = {
  inventory: {
    ...inventory,
    ssh_key: { type: 'login_password', login: 'ada', password: 'connection_word' },
    become_key: { type: 'login_password', login: 'operator', password: 'become_word' },
  },
  env: { SUDO_EXPECTS: 'become_word' },
  vaults: [
    { name: 'dev', type: 'password', password: 'vault_word of dev' },
    { name: null, type: 'password', password: 'vault_word of none' },
  ],
}

test('a command line that asks is answered on a terminal; no secret in argv or environment', {
  skip,
}, async (t) => {
  for (const secrets_in_arguments of [false, true]) {
    const { end, log } = await play(t, asking, {
      ...asked,
      secrets_in_arguments,
      template_arguments: ['--ask-vault-pass', '--vault-id', 'dev@prompt'],
      task_arguments: ['-kK'],
    })
    assert.equal(end.outcome, 'succeeded', log.text)
    assert.deepEqual(log.text.match(/^.* \(answered\)$/gm)?.sort(), [
      'BECOME password[defaults to SSH password]: (answered)',
      'SSH password: (answered)',
      'Vault password (dev): (answered)',
      'Vault password: (answered)',
    ])
    assert.match(log.text, /"msg": "from dev from default as operator"[\s\S]*"seen 0 and 0 times"/)
    assert.doesNotMatch(log.text, /\r\n|_word/)
  }
})

test('a command line that asks for what the job does not have', { skip }, async (t) => {
  const { end, log } = await play(t, asking, {
    ...asked,
    task_arguments: ['--vault-id', 'prod@prompt'],
  })
  const question = '"Vault password (prod):" on a terminal, and there is nobody to answer'
  const fix = 'give the template a vault named prod, with a password'
  assert.equal(end.reason, `it asks ${question}; ${fix}`)
  assert.ok(log.text.endsWith(`\nRunning app failed: ${end.reason}\n`), log.text)
})

test('ansible.cfg that asks: files where there are files, else a terminal', {
  skip,
}, async (t) => {
  const asks = '[defaults]\nask_pass = True\nask_vault_pass = True\n'
  const sudo = '[privilege_escalation]\nbecome_ask_pass = True\n'
  const files = await play(t, { ...asking, 'ansible.cfg': asks + sudo }, asked)
  assert.equal(files.end.outcome, 'succeeded', files.log.text)
  assert.doesNotMatch(files.log.text, /answered|GetPassWarning/)
  const list = '[defaults]\nvault_identity_list = dev@prompt\n'
  const terminal = await play(t, { ...asking, 'ansible.cfg': list }, asked)
  assert.equal(terminal.end.outcome, 'succeeded', terminal.log.text)
  assert.match(terminal.log.text, /\nVault password \(dev\): \(answered\)\n/)
})
