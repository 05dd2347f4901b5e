/** Files that a task declares come back as they were, whatever happens to the link and to both its ends. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { FaultProxy } from '../kit/fault-proxy.ts'
import { waitAt } from '../kit/gate.ts'
import type { Body } from '../kit/http.ts'
import { openWorld, type World } from '../kit/world.ts'
import type { WorldRunner } from '../kit/world-runner.ts'

const files = {
  'make.sh': `mkdir -p out/deep .hidden
head -c 100000 /dev/urandom > report.bin
printf 'a\\0b' > out/zero
: > out/empty
echo one > "out/deep/line
break"
echo two > out/deep/-dash
echo three > "out/deep/a..é ü"
echo four > "out/deep/a\\"b;c.txt"
echo no > out/.secret
echo no > .hidden/x
ln -sf /etc/passwd out/outside
ln -sfn /etc out/folder
rm -f out/pipe
mkfifo out/pipe
exit "$1"
`,
  'large.sh': 'head -c 20000000 /dev/urandom > large.bin\n',
  'wait.sh': `echo made > made.txt
echo ready
${waitAt('$1')}`,
}

let world: World
let proxy: FaultProxy
let runner: WorldRunner
before(async () => {
  world = await openWorld({ files, runners: 0 })
  proxy = await FaultProxy.start(world.mqttPort)
  runner = await world.addRunner({ runner: { mqtt_url: `mqtts://localhost:${proxy.port}` } })
  await runner.start()
  const repository = `${world.project.path}/repositories/${world.project.repository}`
  folder = (await world.api.get(repository)).json().git_url
})
after(async () => {
  await world.close()
  proxy.close()
})

const pathOf = (task: number) => `${world.project.path}/tasks/${task}/artifacts`

async function start(playbook: string, artifacts: string[], ...args: string[]) {
  const template = await world.template({ playbook, artifacts, arguments: JSON.stringify(args) })
  return await world.run(template)
}

/** The repository lies on this machine: what tasks make is found in it. */
let folder: string
const list = async (task: number): Promise<Body[]> => (await world.api.get(pathOf(task))).json()

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

test('two files and a folder come back as they were, of a task that failed as well', async () => {
  const globs = ['report.bin', 'out/', 'missing/*.xml']
  for (const [code, status] of [
    ['0', 'success'],
    ['3', 'error'],
  ] as const) {
    const task = await start('make.sh', globs, code)
    assert.equal((await world.finished(task)).status, status)
    const told = await list(task)
    const whole = told.filter(({ problem }) => problem === null)
    assert.deepEqual(
      whole.map(({ name }) => name),
      [
        'out/deep/-dash',
        'out/deep/a"b;c.txt',
        'out/deep/a..é ü',
        'out/deep/line\nbreak',
        'out/empty',
        'out/zero',
        'report.bin',
      ],
    )
    for (const { id, name, bytes, sha256: digest } of whole) {
      const was = await readFile(join(folder, name))
      const answer = await world.api.get(`${pathOf(task)}/${id}`)
      assert.equal(answer.status, 200)
      assert.ok(answer.bytes.equals(was), name)
      assert.deepEqual([bytes, digest], [was.length, sha256(was)])
      assert.equal(answer.headers['content-length'], String(was.length))
    }
    const log = await world.log(task)
    for (const [name, words] of [
      ['out/folder', 'it is a link, and links are not followed'],
      ['out/outside', 'it is a link, and links are not followed'],
      ['out/pipe', 'it is no plain file'],
      ['missing/*.xml', 'no file matches'],
    ] as const) {
      const { id, problem } = told.find((one) => one.name === name) ?? {}
      assert.equal(problem, words)
      assert.ok(log.includes(`Artifact "${name}": ${words}\n`), log)
      assert.equal((await world.api.get(`${pathOf(task)}/${id}`)).status, 404)
    }
    assert.equal(told.length, whole.length + 4)
    assert.match(log, /^Artifacts: 7 files, \d+ bytes$/m)
    assert.ok(!log.includes('\0'), 'no byte of a file is in the log')
  }
})

test('a download says what it is, and is not sent twice to who has it', async () => {
  const task = await start('make.sh', ['out/deep'], '0')
  await world.finished(task)
  const { id, sha256: digest } = (await list(task)).find(({ name }) => name.endsWith('c.txt'))
  const { headers, text } = await world.api.get(`${pathOf(task)}/${id}`)
  assert.equal(text, 'four\n')
  assert.equal(headers['content-type'], 'application/octet-stream')
  assert.equal(headers['x-content-type-options'], 'nosniff')
  assert.equal(headers.etag, `"${digest}"`)
  assert.equal(
    headers['content-disposition'],
    `attachment; filename="a_b_c.txt"; filename*=UTF-8''a%22b%3Bc.txt`,
  )
  const known = { headers: { 'if-none-match': `"${digest}"` } }
  assert.equal((await world.api.send('GET', `${pathOf(task)}/${id}`, known)).status, 304)
  assert.equal((await world.api.get(`${pathOf(task)}/99`)).status, 404)
})

test('a task that is stopped brings what is there; by force it does not', async () => {
  for (const [force, names] of [
    [false, ['made.txt']],
    [true, []],
  ] as const) {
    const task = await start('wait.sh', ['*.txt'], join(world.folder, 'never'))
    await world.printed(task, 'ready\n')
    await world.stop(task, { force })
    assert.equal((await world.finished(task)).status, 'stopped')
    assert.deepEqual(
      (await list(task)).map(({ name }) => name),
      names,
    )
  }
})

test('20 MB come whole over a link that is cut, with both ends killed in the middle', async () => {
  proxy.rate = 4_000_000
  const task = await start('large.sh', ['large.bin'])
  const ended = runner.logged('task ended')
  await proxy.carries(3_000_000)
  await ended
  const was = await readFile(join(folder, 'large.bin'))
  const back = runner.next('connected')
  proxy.cut()
  await back
  await proxy.carries(3_000_000)
  await runner.end('SIGKILL')
  await runner.start()
  await proxy.carries(3_000_000)
  await world.server.end('SIGKILL')
  await world.server.start()
  await proxy.carries(1_000_000)
  assert.equal((await list(task)).length, 0, 'it is still on its way')
  proxy.rate = Number.POSITIVE_INFINITY

  assert.equal((await world.finished(task)).status, 'success')
  const told = await list(task)
  assert.deepEqual(told, [
    { id: 1, name: 'large.bin', bytes: 20_000_000, sha256: sha256(was), problem: null },
  ])
  assert.ok((await world.api.get(`${pathOf(task)}/1`)).bytes.equals(was))
  assert.match(await world.log(task), /^Artifacts: 1 file, 20000000 bytes$/m)
})
