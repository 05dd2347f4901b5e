/** Terraform and its kin: one suite for the real programs, where they are, and for their stand-ins. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { access, readFile, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Inventory, Job } from '../../../../broker/job.ts'
import { runJob } from '../../../../runner/job/run.ts'
import { makeJob, noKey } from '../../../kit/job.ts'
import { makeContext, tempFolder } from '../make.ts'
import { recordedPath, unlessThere } from './recorded.ts'

/** Needs no provider of the registry. */
const main = `
variable "size" { default = "small" }
variable "token" { default = "" }
resource "terraform_data" "one" { input = var.size }
output "workspace" { value = "on \${terraform.workspace}" }
output "told" { value = "size \${var.size}, token of \${length(var.token)}" }
`
const none = { import: 0, add: 0, change: 0, destroy: 0 }

/** A repository with Terraform in its folder `infra`, and what is said to whoever asks. */
async function openDesk(t: TestContext, app: string, recorded: boolean) {
  const folder = await tempFolder(t)
  const { mkdir } = await import('node:fs/promises')
  const infra = join(folder, 'infra')
  await mkdir(infra)
  await writeFile(join(infra, 'main.tf'), main)
  if (app === 'terragrunt') await writeFile(join(infra, 'terragrunt.hcl'), '')
  const asked: string[] = []
  const run = async (changes: Partial<Job> = {}, answer: boolean | AbortController = true) => {
    const { context, log } = await makeContext(t, {
      settings: { env_vars: recorded ? { PATH: recordedPath } : {} },
      ...(typeof answer === 'object' ? { cancel: answer.signal } : {}),
      async confirm() {
        asked.push(log.text)
        if (typeof answer === 'boolean') return answer
        answer.abort({ force: false })
        return await new Promise<never>(() => {})
      },
    })
    const repository = { git_url: folder }
    const end = await runJob(makeJob({ app, playbook: 'infra', ...changes, repository }), context)
    return { end, text: log.text.replaceAll(/\x1b\[[\d;]*m/g, '') }
  }
  return { folder: infra, run, asked }
}

function workspace(name: string): Inventory {
  const keys = { ssh_key: noKey, become_key: noKey }
  return { id: 1, name: 'w', type: 'terraform-workspace', inventory: name, ...keys }
}

const there = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )

for (const app of ['terraform', 'tofu', 'terragrunt']) {
  suite(app, 'real', unlessThere(app))
  suite(app, 'recorded contract', false)
}

function suite(app: string, kind: 'real' | 'recorded contract', skip: string | false) {
  const recorded = kind !== 'real'
  const each = (name: string, body: (t: TestContext) => Promise<void>) =>
    test(`${app}: ${name} (${kind})`, { skip }, body)

  each("a plan, a person's yes, apply; then there is nothing to ask", async (t) => {
    const { run, asked } = await openDesk(t, app, recorded)
    const { end, text } = await run()
    assert.equal(end.outcome, 'succeeded', text)
    assert.deepEqual(end.summary, {
      kind: 'terraform',
      planned: { ...none, add: 1 },
      applied: { ...none, add: 1 },
    })
    assert.match(asked[0] ?? '', /Waiting for confirmation\n$/)
    assert.match(
      text,
      /Plan: 1 to add[\s\S]*\nWaiting for confirmation\nConfirmed\n[\s\S]*Apply complete!/,
    )
    const again = await run()
    assert.equal(again.end.outcome, 'succeeded', again.text)
    assert.deepEqual(again.end.summary, { kind: 'terraform', planned: none, applied: null })
    assert.equal(asked.length, 1)
  })

  each("a person's no: nothing is applied", async (t) => {
    const { run, asked } = await openDesk(t, app, recorded)
    const { end, text } = await run({}, false)
    assert.deepEqual([end.outcome, end.exit_code, end.reason], ['failed', null, 'rejected'])
    assert.match(text, /\nWaiting for confirmation\nRejected\n$/)
    assert.deepEqual(end.summary, {
      kind: 'terraform',
      planned: { ...none, add: 1 },
      applied: null,
    })
    await run()
    assert.equal(asked.length, 2, 'it is still to be done')
  })

  each('stopped while it waits for a person', async (t) => {
    const { run } = await openDesk(t, app, recorded)
    const { end } = await run({}, new AbortController())
    assert.deepEqual([end.outcome, end.reason], ['cancelled', 'stopped on request'])
  })

  each('plan only, and auto-approve: nobody is asked', async (t) => {
    const { run, asked } = await openDesk(t, app, recorded)
    for (const only of [{ terraform: { plan: true } }, { dry_run: true }]) {
      const { end, text } = await run(only)
      assert.deepEqual([end.outcome, end.summary?.kind], ['succeeded', 'terraform'])
      assert.doesNotMatch(text, /Apply complete/)
    }
    const { text } = await run({ terraform: { auto_approve: true } })
    assert.match(text, /Apply complete/)
    assert.equal(asked.length, 0)
  })

  each('destroy undoes it', async (t) => {
    const { run } = await openDesk(t, app, recorded)
    await run()
    const { end, text } = await run({ terraform: { destroy: true } })
    assert.equal(end.outcome, 'succeeded', text)
    assert.deepEqual(end.summary, {
      kind: 'terraform',
      planned: { ...none, destroy: 1 },
      applied: { ...none, destroy: 1 },
    })
  })

  each('a workspace is made or taken; without a name the default is', async (t) => {
    const { run } = await openDesk(t, app, recorded)
    const named = await run({ inventory: workspace('stage') })
    assert.match(named.text, /on stage/)
    assert.match((await run()).text, /on default/)
    assert.match((await run({ inventory: workspace('stage') })).text, /No changes\./)
    const option = await run({ inventory: workspace('-force') })
    assert.equal(option.end.reason, 'workspace "-force": expected a name')
  })

  each('variables plain and secret; no secret in argv', async (t) => {
    const { run } = await openDesk(t, app, recorded)
    const { end, text } = await run({
      variables: { size: 'two words' },
      secrets: [{ name: 'token', type: 'var', value: 'open sesame' }],
    })
    assert.equal(end.outcome, 'succeeded', text)
    assert.match(text, /size two words, token of 11/)
    assert.doesNotMatch(text, /argv: .*\*\*\*/)
  })

  each("secret variables are -var if the template asks for Semaphore's way", async (t) => {
    const { run } = await openDesk(t, app, recorded)
    const { end, text } = await run({
      variables: { size: 'two words' },
      secrets: [{ name: 'token', type: 'var', value: 'open sesame' }],
      secrets_in_arguments: true,
    })
    assert.equal(end.outcome, 'succeeded', text)
    // The stand-in knows the variables of the environment only; it prints its arguments.
    assert.match(text, recorded ? /argv: apply .*-var token=\*\*\*/ : /size two words, token of 11/)
  })

  each('an error of the plan, and one before it', async (t) => {
    const { run, folder } = await openDesk(t, app, recorded)
    await run({ terraform: { plan: true } })
    await writeFile(
      join(folder, 'broken.tf'),
      'resource "terraform_data" "two" { input = nonsense.x }\n',
    )
    const plan = await run()
    assert.deepEqual([plan.end.outcome, plan.end.exit_code], ['failed', 1])
    assert.match(plan.text, /Error[\s\S]*\nRunning app failed: exited with code 1\n$/)
    assert.equal(plan.end.summary, undefined)
    await writeFile(join(folder, 'no-init.tf'), 'module "x" { source = "./nowhere" }\n')
    const init = await run()
    assert.match(init.text, /\nFailed to install requirements: exited with code 1\n$/)
  })

  each('override_backend: the state goes to the HTTP backend of the environment', async (t) => {
    const { run, folder } = await openDesk(t, app, recorded)
    const { url, states } = await httpBackend(t)
    const own = 'terraform {\n}\n'
    await writeFile(join(folder, 'state.tf'), own)
    for (const backend_filename of ['', 'state.tf']) {
      const terraform = { override_backend: true, backend_filename, auto_approve: true }
      const { end, text } = await run({ terraform, env: { TF_HTTP_ADDRESS: url } })
      assert.equal(end.outcome, 'succeeded', text)
    }
    if (!recorded) assert.ok(states.length > 0)
    assert.equal(await there(join(folder, 'backend.tf')), false)
    assert.equal(await readFile(join(folder, 'state.tf'), 'utf8'), own)
  })
}

test('the command lines of terraform and of terragrunt, all switches (recorded contract)', async (t) => {
  const job: Partial<Job> = {
    template_arguments: ['-parallelism=3'],
    task_arguments: ['-target=terraform_data.one'],
    variables: { size: 'big', list: ['a'], semaphore_vars: {} },
    inventory: workspace('stage'),
    terraform: { destroy: true, upgrade: true, reconfigure: true, auto_approve: true },
  }
  const rest = '-destroy -parallelism=3 -target=terraform_data.one -var size=big -var list=["a"]'
  for (const [app, passOn] of [
    ['terraform', ''],
    ['tofu', ''],
    ['terragrunt', 'run -- '],
  ] as const) {
    const { run, folder } = await openDesk(t, app, true)
    await writeFile(join(folder, 'state.stage'), '')
    const { text } = await run(job)
    assert.deepEqual(
      text.split('\n').filter((line) => line.startsWith('argv: ')),
      [
        'argv: init -upgrade -reconfigure',
        `argv: ${passOn}workspace select -or-create=true stage`,
        `argv: plan ${rest}`,
        `argv: apply -auto-approve ${rest}`,
      ],
    )
  }
})

test('a folder that is not there, is a file or lies outside', async (t) => {
  const { run } = await openDesk(t, 'terraform', true)
  for (const playbook of ['nowhere', 'infra/main.tf']) {
    const { end } = await run({ playbook })
    assert.equal(end.reason, `${playbook}: expected a folder of the repository, found none`)
  }
  const outside = await run({ playbook: '../..' })
  assert.match(outside.end.reason ?? '', /leads out of the repository$/)
})

test('the top of the repository is a folder like others', async (t) => {
  const { run } = await openDesk(t, 'terraform', true)
  for (const playbook of ['', '/', '/infra/']) {
    assert.equal((await run({ playbook })).end.outcome, 'succeeded')
  }
})

test('a backend file that leads elsewhere is not written', async (t) => {
  const { run, folder } = await openDesk(t, 'terraform', true)
  const target = join(await tempFolder(t), 'target')
  await writeFile(target, 'mine')
  await symlink(target, join(folder, 'backend.tf'))
  const linked = await run({ terraform: { override_backend: true } })
  assert.equal(linked.end.reason, 'backend.tf: is no plain file')
  assert.equal(await readFile(target, 'utf8'), 'mine')
  const outside = await run({
    terraform: { override_backend: true, backend_filename: '../main.tf' },
  })
  assert.match(outside.end.reason ?? '', /^backend_filename: expected the name of a file, got/)
})

/** Keeps what is posted, as Terraform's `http` backend wants it. */
async function httpBackend(t: TestContext) {
  const states: string[] = []
  const server = createServer(async (request, response) => {
    if (request.method === 'GET') {
      response.statusCode = states.length > 0 ? 200 : 404
      return response.end(states.at(-1))
    }
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    states.push(body)
    response.end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/state`, states }
}
