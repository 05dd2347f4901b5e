/**
 * A repository as people have it (roles, a required collection, vaulted group variables, a file
 * inventory), played over a real sshd: the same recap as ansible-playbook run by hand.
 */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import type { Inventory } from '../../../../broker/job.ts'
import { runJob } from '../../../../runner/job/run.ts'
import { makeRepository, serveGit } from '../../../kit/git.ts'
import { keyPair, noSshd, startSshd } from '../../../kit/sshd.ts'
import { makeContext, makeJob, noKey, recapOf, tempFolder } from '../make.ts'

const run = promisify(execFile)
const missing = spawnSync('ansible-playbook', ['--version']).error
const skip = missing ? 'ansible-playbook is not installed' : noSshd
if (skip && process.env.CI) throw new Error(skip)

const vaultPassword = 'a vault password'
const files = (port: number) => ({
  'site.yml': `
- hosts: web
  roles: [greet]
- hosts: all
  gather_facts: false
  tasks:
    - our.tools.say:
    - command: "false"
      ignore_errors: true
    - debug: { msg: never }
      when: false
`,
  'roles/greet/tasks/main.yml': `
- copy: { content: "{{ greeting }} {{ secret_word }}\\n", dest: "{{ target }}/greeting" }
- template: { src: page.j2, dest: "{{ target }}/page" }
  notify: tell
`,
  'roles/greet/handlers/main.yml': '- name: tell\n  debug: { msg: told }\n',
  'roles/greet/defaults/main.yml': 'greeting: hello\n',
  'roles/greet/templates/page.j2': 'on {{ inventory_hostname }} with {{ ansible_system }}\n',
  'collections/requirements.yml': 'collections:\n  - { name: ./tools, type: dir }\n',
  'tools/galaxy.yml': 'namespace: our\nname: tools\nversion: 1.0.0\nreadme: R.md\nauthors: [a]\n',
  'tools/R.md': '',
  'tools/meta/runtime.yml': 'requires_ansible: ">=2.9"\n',
  'tools/plugins/modules/say.sh': '#!/bin/sh\necho \'{"changed": true}\'\n',
  'inventories/prod/hosts': `[web]\nweb1\n[db]\ndb1\n[all:vars]
ansible_host=127.0.0.1
ansible_port=${port}
ansible_ssh_pipelining=true
ansible_python_interpreter=/usr/bin/python3
`,
})

test('the same recap as by hand, over ssh', { skip }, async (t) => {
  const [place, byHand, byUs] = [await tempFolder(t), await tempFolder(t), await tempFolder(t)]
  const port = await startSshd(t, place)
  const pair = await keyPair(join(place, 'key'), '')
  await writeFile(join(place, 'authorized_keys'), pair.public)
  await writeFile(join(place, 'vault'), vaultPassword)
  const repository = await makeRepository(files(port))
  t.after(() => repository.close())
  const vault = ['--vault-password-file', join(place, 'vault')]
  await writeFile(join(place, 'secret.yml'), 'secret_word: xyzzy\n')
  await run('ansible-vault', ['encrypt', ...vault, join(place, 'secret.yml')])
  const secret = await readFile(join(place, 'secret.yml'), 'utf8')
  await repository.commit({ 'inventories/prod/group_vars/web/vault.yml': secret })
  const git = await serveGit(repository.path)
  t.after(() => git.close())

  const { username } = userInfo()
  const inventory: Inventory = {
    ...{ id: 5, name: 'prod', type: 'file', inventory: 'inventories/prod/hosts' },
    ssh_key: { type: 'ssh', login: username, private_key: pair.private, passphrase: '' },
    become_key: noKey,
  }
  const job = makeJob({
    ...{ app: 'ansible', playbook: 'site.yml', inventory, variables: { target: byUs } },
    vaults: [{ name: null, type: 'password', password: vaultPassword }],
    repository: { git_url: git.url, git_branch: 'main' },
  })
  const { context, log } = await makeContext(t)
  const end = await runJob(job, context)
  assert.equal(end.outcome, 'succeeded', log.text)
  assert.doesNotMatch(log.text, /what the command left running/)

  const home = await tempFolder(t)
  const env = {
    ...{ PATH: process.env.PATH, HOME: home, ANSIBLE_HOST_KEY_CHECKING: 'False' },
    // Its connections hold its output open for as long as they stay.
    ANSIBLE_SSH_ARGS: '-o ControlMaster=auto -o ControlPersist=1s',
    ANSIBLE_SSH_CONTROL_PATH_DIR: join(place, 'cp'),
  }
  const options = { cwd: repository.path, env }
  const collections = ['collection', 'install', '-r', 'collections/requirements.yml']
  await run('ansible-galaxy', collections, options)
  const ssh = ['--private-key', join(place, 'key'), '--user', username]
  const target = ['--extra-vars', `target=${byHand}`]
  const playbook = ['-i', inventory.inventory, ...ssh, ...vault, ...target, 'site.yml']
  const { stdout } = await run('ansible-playbook', playbook, options)

  assert.equal(tailOf(log.text), tailOf(stdout))
  assert.deepEqual(
    recapOf(end).hosts.map(({ host, ok, changed, ignored }) => [host, ok, changed, ignored]),
    [
      ['db1', 2, 2, 1],
      ['web1', 6, 4, 1],
    ],
  )
  for (const file of ['greeting', 'page']) {
    assert.equal(
      await readFile(join(byUs, file), 'utf8'),
      await readFile(join(byHand, file), 'utf8'),
    )
  }
})

/** PLAY RECAP and what follows, without colours. */
function tailOf(log: string): string {
  const text = log.replaceAll(/\x1b\[[\d;]*m/g, '')
  return text.slice(text.indexOf('PLAY RECAP')).trim()
}
