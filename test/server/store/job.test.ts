/** The job as its runner gets it: template, task, and everything that they refer to, secrets opened. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { decode, encode } from '../../../broker/codec.ts'
import type { Job } from '../../../broker/job.ts'
import { changeSecrets, environments } from '../../../server/store/environments.ts'
import { inventories } from '../../../server/store/inventories.ts'
import { readJob } from '../../../server/store/job.ts'
import { keys, sealKey } from '../../../server/store/keys.ts'
import { insertTask, type NewTask, sealTaskSecrets } from '../../../server/store/tasks.ts'
import { makeJob } from '../../kit/job.ts'
import { openTempStore, type TempStore } from './temp-store.ts'

const artifacts = { max_file_mb: 10, max_total_mb: 100, max_files: 5 }

interface Desk extends TempStore {
  /** Reads the job of a new task; `template` are columns of its template. */
  job(task?: Partial<NewTask>, template?: Record<string, unknown>): Promise<Job>
}

async function openDesk(t: TestContext): Promise<Desk> {
  const temp = await openTempStore(t)
  const { store, cipher, project, template } = temp
  return {
    ...temp,
    async job(task = {}, columns = {}) {
      if (Object.keys(columns).length > 0) {
        await store.commit(({ db }) => db('templates').where({ id: template }).update(columns))
      }
      const row = { project_id: project, template_id: template, created: 1, ...task }
      const { id } = await store.commit(({ db }) => insertTask(db, row))
      const webHost = 'https://outstation.example'
      const source = { db: store.read, cipher, webHost, maxDurationSec: 3600, artifacts }
      const job = await readJob(source, id, 1)
      // What the wire refuses is no job.
      const grant = encode('tasks', { v: 1, kind: 'grant', task: id, attempt: 1, claim: 1, job })
      assert.equal(decode('tasks', Buffer.from(grant)).kind, 'grant')
      return job
    },
  }
}

test('a job says which files are to come back, and what the server allows of them', async (t) => {
  const { job } = await openDesk(t)
  assert.equal((await job()).artifacts, undefined)
  const { artifacts } = await job({}, { artifacts: '["a","out/"]' })
  const limits = { max_file: 10_000_000, max_total: 100_000_000, max_files: 5 }
  assert.deepEqual(artifacts, { globs: ['a', 'out/'], ...limits })
})

test('the plainest job', async (t) => {
  const { job, project, template, repository } = await openDesk(t)
  const found = await job()
  const { id } = found.task
  const url = `https://outstation.example/project/${project}/templates/${template}/tasks/${id}`
  const plain = makeJob({
    project: { id: project, name: 'Plant' },
    template: { id: template, name: 'Backup', type: '' },
    task: { id, url, username: '', message: '' },
    playbook: 'backup.sh',
    repository: { id: repository, name: 'Scripts', git_url: '/srv/scripts', git_branch: 'main' },
    secrets_in_arguments: false,
    max_duration_sec: 3600,
  })
  assert.deepEqual(found, plain)
})

test('what a task says for itself comes before what its template says', async (t) => {
  const { job, store, project } = await openDesk(t)
  const inventory = (name: string) =>
    store.commit((tx) =>
      inventories.insert(tx, project, {
        name,
        type: 'static',
        inventory: `${name}.example`,
        ssh_key_id: null,
        become_key_id: null,
        repository_id: null,
        runner_tag: null,
      }),
    )
  const [usual, own] = [await inventory('usual'), await inventory('own')]
  const template = {
    git_branch: 'stable',
    inventory_id: usual,
    arguments: '["--fast"]',
    task_params: '{"limit":["web"],"tags":["deploy"],"diff":true}',
  }
  const plain = await job({}, template)
  assert.equal(plain.git_branch, 'stable')
  assert.equal(plain.inventory?.name, 'usual')
  assert.deepEqual([plain.limit, plain.tags, plain.diff], [['web'], ['deploy'], true])

  const { id: user_id } = await store.commit(async ({ db }) => {
    const user = { login: 'ada', name: 'Ada', email: 'a@example', password: 'x', created: 1 }
    return (await db('users').insert(user, ['id']))[0]
  })
  const special = await job({
    user_id,
    playbook: 'restore.sh',
    git_branch: 'fix',
    inventory_id: own,
    arguments: '["--slow"]',
    commit_hash: 'abc',
    message: 'try it',
    params: '{"limit":["db"],"diff":false,"dry_run":true}',
  })
  assert.equal(special.playbook, 'restore.sh')
  assert.equal(special.git_branch, 'fix')
  assert.equal(special.inventory?.name, 'own')
  assert.equal(special.commit_hash, 'abc')
  assert.deepEqual([special.template_arguments, special.task_arguments], [['--fast'], ['--slow']])
  assert.deepEqual([special.limit, special.tags], [['db'], ['deploy']])
  assert.deepEqual([special.diff, special.dry_run], [false, true])
  assert.deepEqual([special.task.username, special.task.message], ['ada', 'try it'])
})

test('verbosity: -vvvv unless a level is given, and only with debug', async (t) => {
  const { job } = await openDesk(t)
  for (const [params, verbosity] of [
    [{}, 0],
    [{ debug_level: 3 }, 0],
    [{ debug: true }, 4],
    [{ debug: true, debug_level: 1 }, 1],
    [{ debug: true, debug_level: 99 }, 6],
    [{ debug: true, debug_level: 0 }, 4],
  ] as const) {
    assert.equal((await job({ params: JSON.stringify(params) })).verbosity, verbosity)
  }
})

test('the keys of repository and inventory are opened', async (t) => {
  const { job, store, cipher, project, repository } = await openDesk(t)
  const ssh = { type: 'ssh', login: 'git', private_key: 'PRIVATE', passphrase: '' } as const
  const login = { type: 'login_password', login: 'root', password: 'hunter2' } as const
  const addKey = (name: string, key: typeof ssh | typeof login) =>
    store.commit((tx) => keys.insert(tx, project, { name, ...sealKey(cipher, project, key) }))
  const [sshKey, loginKey] = [await addKey('ssh', ssh), await addKey('login', login)]
  await store.commit(({ db }) =>
    db('repositories').where({ id: repository }).update({ ssh_key_id: sshKey }),
  )
  const inventory_id = await store.commit((tx) =>
    inventories.insert(tx, project, {
      name: 'hosts',
      type: 'static',
      inventory: 'web1',
      ssh_key_id: sshKey,
      become_key_id: loginKey,
      repository_id: null,
      runner_tag: null,
    }),
  )
  const found = await job({}, { inventory_id })
  assert.deepEqual(found.repository.key, ssh)
  assert.deepEqual([found.inventory?.ssh_key, found.inventory?.become_key], [ssh, login])
  assert.ok(!('repository' in (found.inventory ?? {})))
})

test('an inventory file in a repository of its own brings that repository', async (t) => {
  const { job, store, project, repository } = await openDesk(t)
  const columns = { ssh_key_id: null, become_key_id: null, runner_tag: null }
  const file = { name: 'hosts', type: 'file', inventory: 'prod/hosts' } as const
  const inventory_id = await store.commit((tx) =>
    inventories.insert(tx, project, { ...file, ...columns, repository_id: repository }),
  )
  const found = await job({}, { inventory_id })
  assert.equal(found.inventory?.inventory, 'prod/hosts')
  assert.equal(found.inventory?.repository?.git_url, '/srv/scripts')
})

test('environment, survey answers and survey secrets, each where it belongs', async (t) => {
  const { job, store, cipher, project, template } = await openDesk(t)
  const environment_id = await store.commit(async (tx) => {
    const id = await environments.insert(tx, project, {
      name: 'plant',
      json: '{"city":"Bern","size":1}',
      env: '{"PORT":8080,"LANG":"C"}',
    })
    await changeSecrets(tx, cipher, id, [
      { operation: 'create', name: 'api', type: 'var', secret: 'var-secret' },
      { operation: 'create', name: 'TOKEN', type: 'env', secret: 'env-secret' },
    ])
    return id
  })
  const survey_vars = JSON.stringify([
    { name: 'size' },
    { name: 'LANG', target: 'env' },
    { name: 'ROOMS', target: 'env' },
    { name: 'password', type: 'secret' },
    { name: 'PIN', type: 'secret', target: 'env' },
  ])
  const found = await job(
    {
      environment: '{"size":2,"LANG":"de","ROOMS":["a","b"],"extra":[1,2]}',
      secret: sealTaskSecrets(cipher, template, { password: 'hunter2', PIN: '1234' }),
    },
    { environment_id, survey_vars },
  )
  assert.deepEqual(found.variables, { city: 'Bern', size: 2, extra: [1, 2] })
  assert.deepEqual(found.env, { PORT: '8080', LANG: 'de', ROOMS: '["a","b"]' })
  assert.deepEqual(found.secrets, [
    { name: 'api', type: 'var', value: 'var-secret' },
    { name: 'TOKEN', type: 'env', value: 'env-secret' },
    { name: 'password', type: 'var', value: 'hunter2' },
    { name: 'PIN', type: 'env', value: '1234' },
  ])
})

test('terraform: what the template allows, and no more', async (t) => {
  const { job } = await openDesk(t)
  const asked = JSON.stringify({ destroy: true, auto_approve: true, upgrade: true })
  const terraformOf = async (task_params: object) => {
    const template = { app: 'terraform', task_params: JSON.stringify(task_params) }
    return (await job({ params: asked }, template)).terraform
  }
  const refused = {
    ...{ plan: false, destroy: false, auto_approve: false, upgrade: true, reconfigure: false },
    ...{ override_backend: false, backend_filename: '' },
  }
  assert.deepEqual(await terraformOf({}), refused)
  assert.deepEqual(await terraformOf({ allow_destroy: true, allow_auto_approve: true }), {
    ...refused,
    ...{ destroy: true, auto_approve: true },
  })
  const backend = { override_backend: true, backend_filename: 'state.tf' }
  assert.deepEqual(await terraformOf({ auto_approve: true, ...backend }), {
    ...refused,
    ...{ auto_approve: true, ...backend },
  })
  assert.equal((await job({}, { app: 'bash' })).terraform, undefined)
})

test('what is gone is named', async (t) => {
  const { job, store, cipher } = await openDesk(t)
  const source = { db: store.read, cipher, webHost: '', maxDurationSec: 0, artifacts }
  await assert.rejects(readJob(source, 999, 1), {
    code: 'not_found',
    message: 'task 999: not found',
  })
  await assert.rejects(job({ inventory_id: 77 }), {
    code: 'not_found',
    message: 'inventory 77: not found',
  })
})
