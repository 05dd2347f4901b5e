import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Job } from '../../../../broker/job.ts'
import { answersOf, asks } from '../../../../runner/job/apps/ansible-questions.ts'
import { makeJob, noKey } from '../../../kit/job.ts'

const none = { args: [], env: {}, config: '' }

test('command lines, environments and configurations that ask', () => {
  for (const line of [
    '--ask-pass',
    '--ask-become-pass site.yml',
    '--ask-vault-pass',
    '--ask-v',
    ...['-k', '-K', '-J', '-bK', '-Kk', '-vvvK', '-Cbk'],
    ...[
      '--vault-id dev@prompt',
      '--vault-id=dev@prompt',
      '--vault-id prompt',
      '--vault-i a@prompt',
    ],
  ]) {
    assert.ok(asks({ ...none, args: line.split(' ') }), line)
  }
  assert.ok(asks({ ...none, env: { ANSIBLE_BECOME_ASK_PASS: 'True' } }))
  assert.ok(asks({ ...none, env: { ANSIBLE_VAULT_IDENTITY_LIST: 'a@a.txt, b@prompt' } }))
  assert.ok(asks({ ...none, config: '[defaults]\nvault_identity_list = dev@prompt\n' }))
})

test('those that do not', () => {
  for (const line of [
    ...['-i inv', '-v', '-b', '-ekK=1', '-tkK', '-lK', '-e mode=prompt', '--tags prompt'],
    ...['--become-password-file K', '--vault-id dev@prompt.sh', '--vault-id=dev@file', 'prompt'],
  ]) {
    assert.ok(!asks({ ...none, args: line.split(' ') }), line)
  }
  assert.ok(!asks({ ...none, env: { ANSIBLE_ASK_PASS: 'False', ASK: 'yes' } }))
  assert.ok(!asks({ ...none, config: '[defaults]\n# vault_identity_list = dev@prompt\n' }))
})

const password = (text: string) => ({
  ...{ type: 'login_password' as const, login: 'ada', password: text },
})
const inventory = (ssh_key: Job['repository']['key'], become_key = ssh_key) => ({
  ...{ id: 1, name: 'hosts', type: 'static' as const, inventory: 'here', ssh_key, become_key },
})

test('each question has its own password', () => {
  const answers = answersOf(
    makeJob({
      inventory: inventory(password('of ssh'), password('of become')),
      vaults: [
        { name: 'dev', type: 'password', password: 'of dev' },
        { name: null, type: 'password', password: 'of default' },
        { name: 'prod', type: 'script', script: 'vault.sh' },
      ],
    }),
  )
  const said = {
    'SSH password:': 'of ssh',
    'BECOME password:': 'of become',
    'SUDO password:': 'of become',
    'BECOME password[defaults to SSH password]:': 'of become',
    'Vault password (dev):': 'of dev',
    'Vault password (default):': 'of default',
    'Vault password:': 'of default',
  }
  for (const [question, say] of Object.entries(said)) {
    assert.deepEqual(answers(question), { say }, question)
  }
  assert.ok('fix' in (answers('Vault password (prod):') ?? {}))
  for (const question of [
    ...['Password:', 'SSH password', 'ssh password:', 'Enter SSH password:', 'ROOT password:'],
    ...['New vault password (dev):', '[sudo] password for ada:', 'Vault password (dev): again'],
  ]) {
    assert.equal(answers(question), undefined, question)
  }
})

test('a vault that is asked for without a name is the only one there is', () => {
  const dev = { name: 'dev', type: 'password' as const, password: 'of dev' }
  const ask = (vaults: Job['vaults'], question: string) => answersOf(makeJob({ vaults }))(question)
  assert.deepEqual(ask([dev], 'Vault password:'), { say: 'of dev' })
  assert.ok('fix' in (ask([dev], 'Vault password (default):') ?? {}))
  assert.ok('fix' in (ask([dev, { ...dev, name: 'prod' }], 'Vault password:') ?? {}))
  assert.ok('fix' in (ask([], 'Vault password:') ?? {}))
})

test('without a become password that of ssh is taken, where Ansible offers that', () => {
  const answers = answersOf(makeJob({ inventory: inventory(password('of ssh'), noKey) }))
  assert.deepEqual(answers('BECOME password[defaults to SSH password]:'), { say: '' })
  const fix = 'give the inventory a become key with a password'
  assert.deepEqual(answers('BECOME password:'), { fix })
})
