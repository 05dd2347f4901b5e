import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { openPipe } from '../../../runner/job/pipe.ts'
import { type Orders, WaitingShell } from '../../../runner/job/waiting-shell.ts'
import { tempFolder } from './make.ts'

const path = process.env.PATH ?? ''
/** What the process is given, as the kernel has it. */
const tellAll = ['-c', 'cat /proc/self/cmdline /proc/self/environ; pwd; exit 3'] as const

async function open(t: TestContext) {
  const folder = await tempFolder(t)
  const pipe = await openPipe(folder)
  const shell = new WaitingShell(pipe.writer)
  const become = (orders: Partial<Orders>) =>
    shell.become({ program: 'sh', args: [...tellAll], folder, env: { PATH: path }, ...orders })
  /** All that it printed, when nobody holds the pipe any more. */
  const output = () => {
    pipe.closeWriter()
    return text(pipe.reader)
  }
  return { folder, shell, become, output }
}

test('the shell is the command: its arguments, environment, folder and exit code', async (t) => {
  const { folder, become, output } = await open(t)
  const child = become({ args: [...tellAll, 'it', `a'b "c" $d \\ \n é`] })
  assert.ok(child)
  const exited = once(child, 'exit')
  const printed = await output()
  assert.ok(printed.includes(`PATH=${path}`))
  assert.ok(printed.endsWith(`${folder}\n`))
  assert.deepEqual(await exited, [3, null])
})

test('whatever is in a variable or an argument arrives as it is', async (t) => {
  const word = fc.string({ unit: 'binary', maxLength: 40 }).map((s) => s.replaceAll('\0', ''))
  const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,8}_$/)
  const orders = fc.record({ words: fc.array(word), variables: fc.dictionary(name, word) })
  await fc.assert(
    fc.asyncProperty(orders, async ({ words, variables }) => {
      const { become, output } = await open(t)
      const env = { PATH: path, ...variables }
      const script = 'cat /proc/$$/environ; printf "%s\\0" "$@"'
      assert.ok(become({ program: 'bash', args: ['-c', script, 'bash', ...words], env }))
      const told = [...Object.entries(env).map(([key, value]) => `${key}=${value}`), ...words]
      const expected = words.length > 0 ? told : [...told, '']
      assert.deepEqual((await output()).split('\0').slice(0, -1).sort(), sane(expected).sort())
    }),
    { numRuns: 30 },
  )
})

/** What UTF-8 can say: half a surrogate pair it cannot. */
function sane(words: string[]): string[] {
  return words.map((word) => Buffer.from(word).toString())
}

test('what a shell cannot be told is left to others, and the shell is gone', async (t) => {
  const cases: Partial<Orders>[] = [
    { env: { PATH: path, 'a.b': 'x' } },
    { env: { PATH: path, UID: '1' } },
    { env: { PATH: path, LARGE: 'x'.repeat(40_000) } },
    { env: { PATH: path }, program: 'no-such-program' },
    { env: {}, program: './no-such-program' },
  ]
  for (const orders of cases) {
    const { become, output } = await open(t)
    assert.equal(become(orders), undefined)
    assert.equal(await output(), '')
  }
})

test('a program of the folder, and a folder of that name that is none', async (t) => {
  const { folder, become, output } = await open(t)
  mkdirSync(join(folder, 'program'))
  assert.equal(become({ program: './program' }), undefined)
  assert.equal(await output(), '')
})

test('without orders it ends', async (t) => {
  const { shell, become, output } = await open(t)
  shell.close()
  assert.equal(await output(), '')
  assert.equal(become({}), undefined)
})
