/** Real playbooks by a real ansible-playbook, and the command lines that Semaphore's users know. */
import assert from 'node:assert/strict'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Job, Key } from '../../../../broker/job.ts'
import { ansible } from '../../../../runner/job/apps/ansible.ts'
import type { Command } from '../../../../runner/job/apps/app.ts'
import { runJob } from '../../../../runner/job/run.ts'
import { makeRepository } from '../../../kit/git.ts'
import { makeJob } from '../../../kit/job.ts'
import { makeContext, makeStep, recapOf, tempFolder } from '../make.ts'
import { inventory, play, recordedSudo, skip, vaulted } from './play.ts'

test('a playbook with plain, secret and vaulted variables; no secret in argv', {
  skip,
}, async (t) => {
  const { end, log, context } = await play(
    t,
    {
      'site.yml': `
- hosts: all
  gather_facts: false
  vars_files: [vault.yml]
  tasks:
    - debug: msg="{{ colour }} {{ semaphore_vars.task_details.id }} {{ secret_name }} {{ hidden }}"
    - shell: cat /proc/*/cmdline | tr '\\0' ' '
      register: lines
      changed_when: false
    - assert:
        that:
          - "'--extra-vars' in lines.stdout"
          - "lines.stdout is not search('open[ ]sesame')"
          - "lines.stdout is not search('vault[ ]password')"
`,
      'vault.yml': vaulted('hidden: treasure\n', 'vault password'),
    },
    {
      variables: { colour: 'green' },
      secrets: [{ name: 'secret_name', type: 'var', value: 'open sesame' }],
      vaults: [{ name: null, type: 'password', password: 'vault password' }],
    },
  )
  assert.equal(end.outcome, 'succeeded', log.text)
  assert.match(log.text, /"msg": "green 7 \*\*\* treasure"/)
  assert.match(log.text, /PLAY RECAP/)
  const counts = { ok: 3, changed: 0, ...{ unreachable: 0, failed: 0, skipped: 0, rescued: 0 } }
  assert.deepEqual(recapOf(end).hosts, [{ host: 'here', ...counts, ignored: 0 }])
  assert.match(log.text, /\x1b\[0;32m/, 'in colour')
  assert.deepEqual(
    (await readdir('/dev/shm')).filter((name) => name.includes(`-${process.pid}-`)),
    [],
  )
  assert.ok(!(await readdir(context.tmpPath)).some((name) => name.startsWith('outstation-')))
})

test("secret variables are arguments if the template asks for Semaphore's way", {
  skip,
}, async (t) => {
  const site = `
- hosts: all
  gather_facts: false
  tasks:
    - shell: cat /proc/*/cmdline | tr '\\0' ' '
      register: lines
    - assert:
        that:
          - secret_name == 'open se' + 'same'
          - lines.stdout is search('open[ ]sesame')
`
  const { end, log } = await play(
    t,
    { 'site.yml': site },
    {
      secrets: [{ name: 'secret_name', type: 'var', value: 'open sesame' }],
      secrets_in_arguments: true,
    },
  )
  assert.equal(end.outcome, 'succeeded', log.text)
  assert.doesNotMatch(log.text, /open sesame/)
})

test('a playbook that fails', { skip }, async (t) => {
  const site = '- hosts: all\n  gather_facts: false\n  tasks: [{ fail: { msg: no luck } }]\n'
  const { end, log } = await play(t, { 'site.yml': site })
  assert.deepEqual([end.outcome, end.exit_code], ['failed', 2])
  assert.equal(recapOf(end).total.failed, 1)
  assert.match(log.text, /no luck[\s\S]*\nRunning app failed: exited with code 2\n$/)
})

test('a playbook that is not there', async (t) => {
  const repository = await makeRepository({ 'other.yml': '' })
  t.after(() => repository.close())
  const { context, log } = await makeContext(t)
  const job = makeJob({
    app: 'ansible',
    playbook: 'site.yml',
    repository: { git_url: repository.path },
  })
  const end = await runJob(job, context)
  const hash = await repository.git('rev-parse', 'HEAD')
  assert.equal(end.reason, `playbook site.yml: not found in the repository at ${hash}`)
  assert.ok(log.text.endsWith(`\nRunning app failed: ${end.reason}\n`))
})

test('ansible that is not there', async (t) => {
  const { context } = await makeContext(t, {
    settings: { apps: { ansible: { path: 'no-ansible-playbook' } } },
  })
  const folder = await tempFolder(t)
  await writeFile(join(folder, 'site.yml'), '')
  const job = makeJob({ app: 'ansible', playbook: 'site.yml', repository: { git_url: folder } })
  const { reason } = await runJob(job, context)
  assert.equal(reason, 'no-ansible-playbook: not found on this runner; install ansible-core')
})

test('an inventory file of the repository, and one outside of it', { skip }, async (t) => {
  const site = '- hosts: here\n  gather_facts: false\n  tasks: [{ ping: }]\n'
  const files = { 'site.yml': site, 'inv/hosts': inventory.inventory }
  const file = { ...inventory, type: 'file' as const }
  const inside = await play(t, files, { inventory: { ...file, inventory: 'inv/hosts' } })
  assert.equal(inside.end.outcome, 'succeeded', inside.log.text)
  const outside = await play(t, files, {
    inventory: { ...file, inventory: '../../../../../../../etc/hosts' },
  })
  assert.match(outside.log.text, /\nFailed to install inventory: \S+\/etc\/hosts: leads out/)
  const option = await play(t, { ...files, '-x': '' }, { inventory: { ...file, inventory: '-x' } })
  assert.equal(option.end.reason, 'inventory "-x": expected a path in the repository')
  const own = { ...files, 'etc/hosts': inventory.inventory }
  const absolute = await play(t, own, { inventory: { ...file, inventory: '/etc/hosts' } })
  assert.equal(recapOf(absolute.end).hosts[0]?.ok, 1, absolute.log.text)
})

test('vaults by password and by script, each known by its name', { skip }, async (t) => {
  const site = `
- hosts: all
  gather_facts: false
  vars_files: [dev.yml, prod.yml]
  tasks: [{ debug: { msg: "{{ dev }} {{ prod }}" } }]
`
  const files = {
    'site.yml': site,
    'dev.yml': vaulted('dev: from dev\n', 'dev password', 'dev'),
    'prod.yml': vaulted('prod: from prod\n', 'prod password', 'prod'),
    'vault.sh': '#!/bin/sh\necho prod password\n',
  }
  const vaults: Job['vaults'] = [
    { name: 'dev', type: 'password', password: 'dev password' },
    { name: 'prod', type: 'script', script: 'vault.sh' },
  ]
  const { end, log } = await play(t, files, { vaults })
  assert.equal(end.outcome, 'succeeded', log.text)
  assert.match(log.text, /"msg": "from dev from prod"/)
  const lost: Job['vaults'] = [{ name: 'prod', type: 'script', script: 'lost.sh' }]
  const { end: failed } = await play(t, files, { vaults: lost })
  assert.equal(failed.reason, 'vault script lost.sh: not in the repository')
})

test('inventory as YAML; limit, tags, check, diff and verbosity reach ansible', {
  skip,
}, async (t) => {
  const site = `
- hosts: all
  gather_facts: false
  tasks:
    - debug: { msg: "one on {{ inventory_hostname }} {{ ansible_verbosity }}" }
      tags: [one]
    - debug: { msg: "two" }
      tags: [one, two]
    - debug: { msg: "three" }
    - copy: { content: "x", dest: "{{ playbook_dir }}/made" }
      tags: [one]
`
  const local = 'ansible_connection: local, ansible_python_interpreter: /usr/bin/python3'
  const yaml = `all: { hosts: { a: { ${local} }, b: { ${local} } } }\n`
  const { end, log } = await play(
    t,
    { 'site.yml': site },
    {
      inventory: { ...inventory, type: 'static-yaml', inventory: yaml },
      ...{ limit: ['b'], tags: ['one'], skip_tags: ['two'], verbosity: 1 },
      ...{ dry_run: true, diff: true },
    },
  )
  assert.equal(end.outcome, 'succeeded', log.text)
  assert.match(log.text, /"msg": "one on b 1"/)
  assert.doesNotMatch(log.text, /one on a|two|three/)
  assert.match(log.text, /\+\+\+ after/)
  assert.deepEqual(
    recapOf(end).hosts.map(({ host, ok, changed }) => [host, ok, changed]),
    [['b', 2, 1]],
  )
})

test('a limit, a tag or a login that looks like an option is none', { skip }, async (t) => {
  const files = { 'site.yml': '- hosts: all\n  gather_facts: false\n  tasks: [{ ping: }]\n' }
  const login = { type: 'login_password' as const, login: '--version', password: 'pass' }
  for (const job of [
    { limit: ['--version'] },
    { tags: ['--version'] },
    { skip_tags: ['--version'] },
    { inventory: { ...inventory, become_key: login } },
    {
      inventory: { ...inventory, inventory: `--version\n${inventory.inventory}` },
      limit: ['here'],
    },
  ]) {
    const { log } = await play(t, files, job)
    assert.doesNotMatch(log.text, /\[core \d|python version/, JSON.stringify(job))
  }
})

test('a playbook that asks gets the default and does not hang', { skip }, async (t) => {
  const site = `
- hosts: all
  gather_facts: false
  vars_prompt: [{ name: colour, prompt: Which, default: red }]
  tasks: [{ debug: { msg: "it is {{ colour }}" } }]
`
  const { end, log } = await play(t, { 'site.yml': site })
  assert.equal(end.outcome, 'succeeded', log.text)
  assert.match(log.text, /it is red/)
})

test('details of the task, variables of the environment and of ansible itself', {
  skip,
}, async (t) => {
  const site = `
- hosts: all
  gather_facts: false
  tasks:
    - debug: { msg: "{{ semaphore_vars.task_details | dict2items | map(attribute='key') | sort | join(' ') }}" }
    - debug: { msg: "{{ lookup('env', 'PLAIN') }} and {{ lookup('env', 'TOKEN') | length }}" }
    - debug: { msg: not shown }
      when: false
`
  const { end, log } = await play(
    t,
    { 'site.yml': site },
    {
      env: { PLAIN: 'plain', ANSIBLE_DISPLAY_SKIPPED_HOSTS: 'false' },
      secrets: [{ name: 'TOKEN', type: 'env', value: 'secret' }],
    },
  )
  assert.equal(end.outcome, 'succeeded', log.text)
  assert.match(
    log.text,
    /"commit_hash commit_message id inventory_id inventory_name message repository_id repository_name url username"/,
  )
  assert.match(log.text, /"msg": "plain and 6"/)
  assert.doesNotMatch(log.text, /skipping/)
})

test('the become password reaches sudo (recorded contract)', { skip }, async (t) => {
  const site = `
- hosts: all
  gather_facts: false
  become: true
  vars: { ansible_become_exe: ${recordedSudo} }
  tasks:
    - raw: echo as $SUDO_USER_WANTED
      register: said
    - debug: { var: said.stdout }
`
  const become = (password: string) => ({
    inventory: {
      ...inventory,
      become_key: { type: 'login_password' as const, login: 'operator', password },
    },
    env: { SUDO_EXPECTS: 'open sesame' },
  })
  const right = await play(t, { 'site.yml': site }, become('open sesame'))
  assert.equal(right.end.outcome, 'succeeded', right.log.text)
  assert.match(right.log.text, /"said.stdout": "as operator/)
  const wrong = await play(t, { 'site.yml': site }, become('not this one'))
  assert.match(wrong.log.text, /Sorry, try again/)
})

test('keys that ansible could do nothing with', async (t) => {
  const key: Key = { type: 'ssh', login: '', private_key: 'x', passphrase: '' }
  const { end } = await play(
    t,
    { 'site.yml': '' },
    { inventory: { ...inventory, become_key: key } },
  )
  assert.equal(end.reason, 'become key of the inventory: expected none, login_password, got ssh')
})

test('variables too long for an argument go by a file', { skip }, async (t) => {
  const site =
    '- hosts: all\n  gather_facts: false\n  tasks: [{ debug: { msg: "{{ big | length }}" } }]\n'
  const { end, log } = await play(
    t,
    { 'site.yml': site },
    { variables: { big: 'x'.repeat(300_000) } },
  )
  assert.equal(end.outcome, 'succeeded', log.text)
  assert.match(log.text, /"msg": "300000"/)
})

test("the command line is Semaphore's, with files where it has prompts", async (t) => {
  const { secrets } = await makeStep(t)
  const folder = await tempFolder(t)
  for (const name of ['site.yml', 'vault.sh']) await writeFile(join(folder, name), '')
  const password = (login: string) => ({ type: 'login_password' as const, login, password: 'pass' })
  const job = makeJob({
    app: 'ansible',
    playbook: 'site.yml',
    inventory: { ...inventory, ssh_key: password('ada'), become_key: password('root') },
    verbosity: 3,
    dry_run: true,
    diff: true,
    variables: { a: 1, semaphore_vars: { mine: true } },
    secrets: [{ name: 's', type: 'var', value: 'secret' }],
    vaults: [
      { name: 'dev', type: 'password', password: 'vault' },
      { name: 'prod', type: 'script', script: 'vault.sh' },
    ],
    template_arguments: ['--template'],
    limit: ['a', 'b'],
    tags: ['t'],
    skip_tags: ['s1', 's2'],
    task_arguments: ['--task'],
  })
  const installed = { path: '/inv', env: {}, close: async () => {} }
  const commands: Command[] = []
  await ansible.run(
    {
      ...{
        job,
        folder,
        home: '/home',
        notes: '/notes',
        commit: null,
        inventory: installed,
        secrets,
      },
      settings: {},
      policy: {},
    },
    {
      run: async (command) => void commands.push(command),
      confirm: async () => {},
      note: async () => {},
      report: () => {},
    },
  )
  const { args = [], env = {} } = commands[0] ?? {}
  const json = args[args.indexOf('--extra-vars') + 1] ?? ''
  const files = args.map((arg) => arg.replaceAll(secrets.path, 'SECRETS').replace(json, 'JSON'))
  assert.equal(
    files.join(' '),
    '-i /inv --user ada --become-user root -vvv --diff --check --vault-id=dev@SECRETS/vault-0 ' +
      `--vault-id=prod@${folder}/vault.sh --extra-vars JSON --extra-vars @SECRETS/extra-vars.json ` +
      '--template --limit=a,b --tags=t --skip-tags=s1,s2 --task site.yml',
  )
  const { a, semaphore_vars } = JSON.parse(json)
  assert.equal(a, 1)
  assert.equal(semaphore_vars.mine, true)
  assert.equal(semaphore_vars.task_details.inventory_name, 'hosts')
  assert.ok(env.ANSIBLE_BECOME_PASSWORD_FILE?.startsWith(secrets.path))
  assert.ok(env.ANSIBLE_CONNECTION_PASSWORD_FILE?.startsWith(secrets.path))
})
