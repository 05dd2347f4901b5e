/** `npm run demo` as a newcomer meets it: what it shows, how it ends, and that nothing of it is left. */
import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'

const root = dirname(import.meta.dirname)
const main = ['--import', 'tsx', 'examples/demo/main.ts']

test('the whole job, once', async (t) => {
  const demo = await startDemo(t, { program: 'npm', args: ['run', 'demo', '--', '--once'] })
  assert.equal(await demo.ended, 0, demo.all())
  const log = demo.all()
  assert.match(log, /Hello, newcomer!/)
  assert.match(log, /The secret is "\*\*\*"\./)
  assert.match(log, /Webhook: task\.finished, task 1, success; its signature is right/)
  await demo.expectNothingLeft()
  await t.test('with a playbook', { skip: skipWithout('ansible-playbook') }, () => {
    assert.match(log, /PLAY RECAP .*\n.* localhost .* ok=2 +changed=1 .* failed=0/)
    assert.match(log, /Webhook: task\.finished, task 2, success; its signature is right/)
  })
})

test('a machine without git and ansible: it stays, can be looked at, and ends by Ctrl-C', async (t) => {
  const demo = await startDemo(t, { args: main, programs: ['bash', 'sleep', 'uname', 'mkfifo'] })
  await demo.says(/Ctrl-C/)
  assert.match(demo.all(), /Left out: ansible-playbook is not installed here/)
  assert.match(demo.all(), /apt install ansible-core/)

  const [web, rc] = await Promise.all([demo.says(/Web +(https:\S+)/), demo.says(/\$ (\. \S+)/)])
  const { stdout: list } = await shell(`${rc}; outstation task list`)
  assert.match(list, /^1 +success +Hello +Admin/m)
  await t.test('with curl', { skip: skipWithout('curl') }, async () => {
    const { stdout: deliveries } = await shell(`${rc}; ${await demo.says(/\$ (curl .*)/)}`)
    assert.equal(JSON.parse(deliveries)[0].state, 'delivered')
    const login = JSON.stringify({
      auth: await demo.says(/Login +(\S+)/),
      password: await demo.says(/Password +(\S+)/),
    })
    const post = `curl -sw %{http_code} --cacert "$OUTSTATION_CA_FILE" --json @- ${web}/api/auth/login`
    assert.equal((await shell(`${rc}; ${post} <<< '${login}'`)).stdout, '204')
  })

  demo.child.kill('SIGINT')
  assert.equal(await demo.ended, 0, demo.all())
  await demo.expectNothingLeft()
})

test('what fails is one line, and what was logged is kept', async (t) => {
  const demo = await startDemo(t, { args: [...main, '--once'], programs: ['mkfifo'] })
  assert.equal(await demo.ended, 1)
  const last = demo.all().trimEnd().split('\n').at(-1) ?? ''
  assert.match(last, /^demo: task 1 ended with error: bash: not found on this runner/)
  const log = /logged: (\S+)$/.exec(last)?.[1] ?? ''
  assert.match(await readFile(log, 'utf8'), /^server .*"serving"[\s\S]*^runner .*"connected"/m)
  await rm(log)
  await demo.expectNothingLeft()
})

test('a wrong flag is told', async (t) => {
  const demo = await startDemo(t, { args: [...main, '--twice'] })
  assert.equal(await demo.ended, 2)
  assert.match(demo.all(), /^demo: .*'--twice'.*npm run demo \[-- --once\]$/m)
})

interface DemoOptions {
  program?: string
  args: string[]
  /** All that is on the PATH; undefined = what is on ours. */
  programs?: string[]
}

interface Demo {
  child: ChildProcess
  ended: Promise<number | null>
  /** Everything printed so far. */
  all(): string
  /** The first group, or all, of the first match, which has come or is to come. */
  says(pattern: RegExp): Promise<string>
  expectNothingLeft(): Promise<void>
}

async function startDemo(t: TestContext, options: DemoOptions): Promise<Demo> {
  const { program = process.execPath, args, programs } = options
  const folder = await mkdtemp(join(tmpdir(), 'outstation-demo-test-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const temporary = join(folder, 'tmp')
  await mkdir(temporary)
  const PATH = programs ? await pathOf(join(folder, 'bin'), programs) : process.env.PATH
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, PATH, TMPDIR: temporary, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.after(() => child.kill('SIGTERM'))
  const lines: string[] = []
  const waiting = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line)
      for (const look of waiting) look()
    })
  }
  const all = () => `${lines.join('\n')}\n`
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return {
    child,
    ended,
    all,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(all())
          if (match === null) return
          waiting.delete(look)
          resolve(match[1] ?? match[0])
        }
        waiting.add(look)
        look()
        ended.then((code) => reject(new Error(`ended with ${code} before ${pattern}:\n${all()}`)))
      }),
    async expectNothingLeft() {
      const left = (await readdir(temporary)).filter((name) => !name.startsWith('tsx-'))
      assert.deepEqual(left, [])
      assert.deepEqual(await processesThatKnow(temporary), [])
    },
  }
}

/** Every process of the demo has its temporary folder in its environment, a task's as its HOME. */
async function processesThatKnow(folder: string): Promise<string[]> {
  const found: string[] = []
  for (const pid of await readdir('/proc').catch(() => [])) {
    const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '')
    if (environment.includes(folder)) found.push(await readFile(`/proc/${pid}/cmdline`, 'utf8'))
  }
  return found
}

async function pathOf(bin: string, programs: string[]): Promise<string> {
  await mkdir(bin)
  for (const name of programs) await symlink(find(name) ?? '', join(bin, name))
  return bin
}

function find(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path))
}

/** CI has every tool: there a missing one is a failure. */
function skipWithout(name: string): string | false {
  return find(name) === undefined && !process.env.CI && `${name} is not installed`
}

function shell(script: string) {
  return promisify(execFile)('bash', ['-c', script])
}
