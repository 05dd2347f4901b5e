/**
 * A repository as people publish them (test/fixtures/site: roles, a required role and collection, a
 * vault with an id, an inventory with groups and variables of hosts), played over a real sshd: the same
 * recap through Outstation as of ansible-playbook run by hand on the same files.
 */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { makeRepository, serveGit } from '../kit/git.ts'
import { keyPair, noSshd, startSshd } from '../kit/sshd.ts'
import { openWorld, type World } from '../kit/world.ts'

const missing = spawnSync('ansible-playbook', ['--version']).error
const skip = missing ? 'ansible-playbook is not installed' : noSshd
if (skip && process.env.CI) throw new Error(skip)

const run = promisify(execFile)
const site = join(import.meta.dirname, '../fixtures/site')
const hosts = 'inventories/production/hosts.yml'
const vaultPassword = 'a vault password'
const { username } = userInfo()

test('a public repository has the same recap as by hand, over ssh', { skip }, async (t) => {
  const place = await tempFolder(t)
  const port = await startSshd(t, place)
  const key = await keyPair(join(place, 'key'), '')
  await writeFile(join(place, 'authorized_keys'), key.public)
  await writeFile(join(place, 'vault'), vaultPassword)
  const { path, url } = await publish(t, place, port)

  const world = await openWorld({ files: {} })
  t.after(() => world.close())
  const [byHand, byUs] = [join(place, 'by-hand'), join(place, 'by-us')]
  const template = await makeTemplate(world, url, key.private, byUs)
  const task = await world.finished(await world.run(template))
  const log = await world.log(task.id)
  assert.equal(task.status, 'success', log)
  assert.doesNotMatch(log, /what the command left running/)
  assert.ok(!log.includes('xyzzy'))

  assert.equal(recapOf(log), recapOf(await playByHand(place, path, byHand)))
  assert.deepEqual(
    task.summary.hosts.map((host: Record<string, unknown>) => {
      return ['host', 'ok', 'changed', 'skipped', 'rescued', 'ignored'].map((name) => host[name])
    }),
    [
      ['db1', 8, 5, 1, 1, 1],
      ['web1', 5, 3, 1, 0, 0],
      ['web2', 6, 4, 0, 0, 0],
    ],
  )
  for (const file of ['web1/web.conf', 'web2/web.conf', 'db1/greeting', 'db1/clock']) {
    const [own, theirs] = [join(byUs, file), join(byHand, file)]
    assert.equal(await readFile(own, 'utf8'), await readFile(theirs, 'utf8'))
  }
})

/** What only this machine can know: ports, what is encrypted, where the required role lies. */
async function publish(t: TestContext, place: string, port: number) {
  const role = await makeRepository({
    'tasks/main.yml': `- ansible.builtin.copy:
    content: "{{ ansible_facts.system }}"
    dest: "{{ target }}/{{ inventory_hostname }}/clock"
`,
    'meta/main.yml': 'galaxy_info: { author: nobody, min_ansible_version: "2.9" }\n',
  })
  t.after(() => role.close())
  const roles = await serveGit(role.path)
  t.after(() => roles.close())

  const folder = join(place, 'site')
  await cp(site, folder, { recursive: true })
  const at = { cwd: folder }
  await run('ansible-galaxy', ['collection', 'build', 'tools', '--output-path', 'vendor'], at)
  const sourceOfRole = `- { name: clock, src: "${roles.url}", scm: git, version: main }\n`
  await writeFile(join(folder, 'roles/requirements.yml'), sourceOfRole)
  const variables = join(folder, 'inventories/production/group_vars')
  await writeFile(join(variables, 'all/port.yml'), `ansible_port: ${port}\n`)
  const vault = join(variables, 'web/vault.yml')
  await mkdir(dirname(vault))
  await writeFile(vault, 'web_token: xyzzy\n')
  await run('ansible-vault', ['encrypt', '--encrypt-vault-id', 'prod', ...vaultOf(place), vault])

  const repository = await makeRepository({})
  t.after(() => repository.close())
  await cp(folder, repository.path, { recursive: true })
  await repository.commit({})
  const git = await serveGit(repository.path)
  t.after(() => git.close())
  return { path: repository.path, url: git.url }
}

async function makeTemplate(world: World, url: string, privateKey: string, target: string) {
  const { create } = world
  const ssh = { login: username, private_key: privateKey, passphrase: '' }
  const ssh_key_id = await create('keys', { name: 'Hosts', type: 'ssh', ssh })
  const vault_key_id = await create('keys', {
    ...{ name: 'Vault', type: 'string', string: vaultPassword },
  })
  return world.template({
    app: 'ansible',
    playbook: 'site.yml',
    repository_id: await create('repositories', {
      ...{ name: 'Site', git_url: url, git_branch: 'main', ssh_key_id: world.project.key },
    }),
    inventory_id: await create('inventory', {
      ...{ name: 'Production', type: 'file', inventory: hosts, ssh_key_id },
    }),
    environment_id: await create('environment', {
      ...{ name: 'Here', json: JSON.stringify({ target }) },
    }),
    vaults: [{ type: 'password', name: 'prod', vault_key_id }],
  })
}

/** The same files, as one would in a terminal. */
async function playByHand(place: string, path: string, target: string): Promise<string> {
  const env = {
    ...{ PATH: process.env.PATH, HOME: join(place, 'home'), ANSIBLE_HOST_KEY_CHECKING: 'False' },
    // Its connections hold its output open for as long as they stay.
    ANSIBLE_SSH_ARGS: '-o ControlMaster=auto -o ControlPersist=1s',
    ANSIBLE_SSH_CONTROL_PATH_DIR: join(place, 'cp'),
  }
  const at = { cwd: path, env }
  const galaxy = (...args: string[]) => run('ansible-galaxy', args, at)
  await galaxy('collection', 'install', '-r', 'collections/requirements.yml')
  await galaxy('role', 'install', '-r', 'roles/requirements.yml', '--force')
  const ssh = ['--private-key', join(place, 'key'), '--user', username]
  const variables = ['--extra-vars', `target=${target}`]
  const args = ['-i', hosts, ...ssh, ...vaultOf(place), ...variables, 'site.yml']
  return (await run('ansible-playbook', args, at)).stdout
}

function vaultOf(place: string): string[] {
  return ['--vault-id', `prod@${join(place, 'vault')}`]
}

/** PLAY RECAP and what follows, without colours. */
function recapOf(log: string): string {
  const text = log.replaceAll(/\x1b\[[\d;]*m/g, '')
  return text.slice(text.indexOf('PLAY RECAP')).trim()
}

async function tempFolder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'outstation-site-'))
  t.after(() => rm(path, { recursive: true, force: true }))
  return path
}
