/** Real playbooks, cloned from a real git server over smart HTTP. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { after, before, test } from 'node:test'
import { type GitServer, makeRepository, serveGit, type TestRepository } from '../kit/git.ts'
import { openWorld, type World } from '../kit/world.ts'

const found = spawnSync('ansible-playbook', ['--version']).status === 0
const skip = process.env.CI || found ? false : 'ansible-playbook not installed'

const playbook = (tasks: string) => `- hosts: all
  connection: local
  gather_facts: false
  tasks:
${tasks}`

const files = {
  'site.yml': playbook(`    - name: Say
      ansible.builtin.debug:
        msg: "{{ greeting }} {{ place }} from {{ inventory_hostname }}, task {{ semaphore_vars.task_details.id }}, check {{ ansible_check_mode }}"
`),
  'fail.yml': playbook(`    - name: Fail
      ansible.builtin.fail:
        msg: not today
`),
  'broken.yml': '- hosts: [\n',
}

let world: World
let repository: TestRepository
let server: GitServer
let columns: Record<string, unknown>
before(async () => {
  if (skip) return
  repository = await makeRepository(files)
  server = await serveGit(repository.path)
  world = await openWorld({ files: {} })
  const ssh_key_id = world.project.key
  const inventory_id = await world.create('inventory', {
    name: 'Hosts',
    type: 'static',
    inventory: '[plant]\nboiler\npump\n',
    ssh_key_id,
  })
  const environment_id = await world.create('environment', {
    name: 'Words',
    json: '{"greeting": "hello", "place": "here"}',
  })
  const git = { name: 'Playbooks', git_url: server.url, git_branch: 'main', ssh_key_id }
  const repository_id = await world.create('repositories', git)
  columns = { app: 'ansible', repository_id, inventory_id, environment_id }
})
after(async () => {
  await world?.close()
  await server?.close()
  await repository?.close()
})

async function play(playbook: string, task: Record<string, unknown> = {}) {
  const id = await world.run(await world.template({ ...columns, playbook }), task)
  return { id, row: await world.finished(id), log: await world.log(id) }
}

test('a playbook runs on every host of its inventory', { skip }, async () => {
  const { id, row, log } = await play('site.yml', { environment: '{"place": "there"}' })
  assert.equal(row.status, 'success', log)
  assert.equal(row.commit_hash, await repository.git('rev-parse', 'HEAD'))
  for (const host of ['boiler', 'pump']) {
    assert.match(log, new RegExp(`hello there from ${host}, task ${id}, check False`))
    assert.match(recapOf(log), new RegExp(`${host} +: ok=1 +changed=0 +unreachable=0 +failed=0`))
  }
  assert.deepEqual(
    row.summary.hosts.map(({ host, ok }: Record<string, unknown>) => [host, ok]),
    [
      ['boiler', 1],
      ['pump', 1],
    ],
  )
})

test('what is pushed meanwhile is what runs next', { skip }, async () => {
  const hash = await repository.commit({ 'late.yml': files['site.yml'].replace('Say', 'Later') })
  const { row, log } = await play('late.yml')
  assert.equal(row.status, 'success', log)
  assert.equal(row.commit_hash, hash)
  assert.match(log, /TASK \[Later\]/)
})

test('limit and check mode come from the task', { skip }, async () => {
  const { row, log } = await play('site.yml', { params: { limit: ['pump'], dry_run: true } })
  assert.equal(row.status, 'success', log)
  assert.match(log, /from pump, .* check True/)
  assert.doesNotMatch(recapOf(log), /^boiler /m)
})

test('an inventory file in a repository of its own, with its variables beside it', {
  skip,
}, async () => {
  const hosts = await makeRepository({
    'prod/hosts': '[plant]\nturbine\n',
    'prod/group_vars/plant.yml': 'place: in its own repository\n',
  })
  const git = await serveGit(hosts.path)
  try {
    const ssh_key_id = world.project.key
    const repository = { name: 'Hosts', git_url: git.url, git_branch: 'main', ssh_key_id }
    const repository_id = await world.create('repositories', repository)
    const file = { name: 'Own', type: 'file', inventory: 'prod/hosts', ssh_key_id, repository_id }
    const inventory_id = await world.create('inventory', file)
    const environment_id = await world.create('environment', {
      name: 'Greeting',
      json: '{"greeting": "hello"}',
    })
    const template = { ...columns, playbook: 'site.yml', inventory_id, environment_id }
    const id = await world.run(await world.template(template))
    const log = await world.finished(id).then(() => world.log(id))
    assert.match(log, /hello in its own repository from turbine/)
  } finally {
    await git.close()
    await hosts.close()
  }
})

test('a playbook that fails is an error with its exit code', { skip }, async () => {
  const { row, log } = await play('fail.yml')
  assert.deepEqual([row.status, row.exit_code], ['error', 2])
  assert.equal(row.reason, 'exited with code 2')
  assert.match(log, /not today/)
  assert.match(recapOf(log), /failed=1/)
})

test('a playbook that is no YAML is an error, with what Ansible says of it', { skip }, async () => {
  const { row, log } = await play('broken.yml')
  assert.deepEqual([row.status, row.exit_code], ['error', 4])
  assert.match(log, /broken\.yml/)
})

/** What comes after PLAY RECAP, without its colours. */
function recapOf(log: string): string {
  return log.replaceAll(/\x1b\[[\d;]*m/g, '').split('PLAY RECAP')[1] ?? ''
}
