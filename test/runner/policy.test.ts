import assert from 'node:assert/strict'
import { chmod, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { lineOf } from '../../lib/errors.ts'
import { obey, type Policy } from '../../runner/job/policy.ts'
import { runJob } from '../../runner/job/run.ts'
import { loadPolicy } from '../../runner/policy.ts'
import { makeJob, noKey } from '../kit/job.ts'
import { makeContext, tempFolder } from './job/make.ts'

type Changes = Parameters<typeof makeJob>[0]

const refusal = (policy: Policy, job: Changes = {}) => {
  try {
    obey(policy, makeJob(job))
  } catch (error) {
    return lineOf(error)
  }
  return undefined
}

const from = (git_url: string): Changes => ({ repository: { git_url } })

test('no policy allows everything, an empty list nothing', () => {
  assert.equal(refusal({}, from('https://anywhere/x')), undefined)
  assert.match(
    refusal({ apps: [] }) ?? '',
    /^app "bash": not allowed by the policy of this runner; /,
  )
})

test('repositories by pattern', () => {
  const allows = (pattern: string, url: string) =>
    refusal({ repositories: ['https://other/x', pattern] }, from(url)) === undefined
  const infra = 'https://git.example.org/infra/*'
  for (const [pattern, url, expected] of [
    [infra, 'https://git.example.org/infra/site.git', true],
    [infra, 'https://git.example.org/infra/', true],
    [infra, 'https://git.example.org/infra/a/b.git', false],
    [infra, 'https://git.example.org/infra/..', false],
    [infra, 'https://git.example.org/infra/%2e%2E', false],
    [infra, 'https://git.example.org/infra/..%2fother', false],
    [infra, 'https://gitXexample.org/infra/site', false],
    [infra, 'https://evil.org/https://git.example.org/infra/site', false],
    [infra, 'http://git.example.org/infra/site', false],
    ['https://git.example.org/**', 'https://git.example.org/a/b/c', true],
    ['https://git.example.org/**', 'https://git.example.org/a/../../c', false],
    ['https://git.example.org/**', 'https://git.example.org.evil.org/a', false],
    ['git@host:ops/*', 'git@host:ops/site', true],
    ['git@host:*', 'git@host:..', false],
    ['/srv/playbooks', '/srv/playbooks', true],
    ['/srv/playbooks', '/srv/playbooks2', false],
    ['*', 'https://git.example.org/x\nevil', false],
  ] as const) {
    assert.equal(allows(pattern, url), expected, `${pattern} and ${url}`)
  }
})

test("the inventory's repository counts as well, and no password is shown", () => {
  const key = noKey
  const repository = { ...{ id: 4, name: 'i', git_branch: '' }, git_url: 'https://a:pw@i/x', key }
  const keys = { ssh_key: key, become_key: key }
  const inventory = {
    ...{ id: 1, name: 'i', type: 'file' as const, inventory: 'x' },
    repository,
    ...keys,
  }
  const said = refusal({ repositories: ['https://r/*'] }, { ...from('https://r/x'), inventory })
  assert.match(said ?? '', /^repository "https:\/\/i\/x": not allowed/)
})

test('templates and arguments', () => {
  assert.equal(refusal({ templates: ['tem*'] }), undefined)
  assert.match(refusal({ templates: ['deploy'] }) ?? '', /^template "template": not allowed/)
  const both = { template_arguments: ['--a', '--b'], task_arguments: ['--secret'] }
  assert.equal(refusal({ arguments: 'any' }, both), undefined)
  assert.match(refusal({ arguments: 'template' }, both) ?? '', /^arguments of the task \(1\): not/)
  assert.equal(refusal({ arguments: 'template' }, { template_arguments: ['--a'] }), undefined)
  const none = refusal({ arguments: 'none' }, { template_arguments: ['--a', '--b'] })
  assert.match(none ?? '', /^arguments of the template \(2\): not allowed/)
})

test('a refused job ends with its reason before anything is fetched', async (t) => {
  const policy = { repositories: ['https://git.example.org/*'] }
  const { context, log } = await makeContext(t, { policy })
  const end = await runJob(makeJob(from('https://evil.example/x')), context)
  const reason = 'repository "https://evil.example/x": not allowed by the policy of this runner'
  assert.ok(end.reason?.startsWith(reason), end.reason ?? '')
  assert.match(log.text, /^Preparing: 7\nRefused: repository "https:\/\/evil/)
  assert.deepEqual(await readdir(context.tmpPath), [])
})

test('the file is checked whole at the start', async (t) => {
  const file = join(await tempFolder(t), 'policy.json')
  const said = async (text: string, mode = 0o600) => {
    await writeFile(file, text)
    await chmod(file, mode)
    try {
      return loadPolicy(file)
    } catch (error) {
      return (error as Error).message
    }
  }
  assert.deepEqual(await said('{ "apps": ["bash"], // mine\n "arguments": "none" }'), {
    apps: ['bash'],
    arguments: 'none',
  })
  const wrong = String(await said('{ "repos": [], "apps": "bash", "arguments": "some" }'))
  for (const path of ['repos', 'apps', 'arguments']) assert.match(wrong, new RegExp(path))
  assert.match(wrong, /"any", "template" or "none"/)
  assert.match(String(await said('{}', 0o622)), /expected a file that only its owner may change/)
  assert.match(String(await said('{ "process": {} }')), /process/)
  assert.throws(
    () => loadPolicy(`${file}.none`),
    /^AppError: runner\.policy_file: expected a file, got none at/,
  )
  assert.equal(loadPolicy(undefined), undefined)
})
