/** The README's quick start, typed as it stands: only ports, and what the server itself prints, are put in. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { CleanupStack } from '../lib/stack.ts'
import { Daemon } from './kit/daemon.ts'
import { freePorts } from './kit/ports.ts'

const root = join(import.meta.dirname, '..')
const missing = spawnSync('curl', ['--version']).status !== 0 && !process.env.CI
const skip = missing ? 'curl is not installed' : false

test('the quick start does what it says, command by command', { skip }, async () => {
  await using stack = new CleanupStack()
  const desk = await openDesk(stack)
  let server: Daemon | undefined
  let runner: Daemon | undefined
  let printed = ''
  for (const block of await quickStart()) {
    if (block.startsWith('outstation server ')) {
      server = desk.start(block)
      const [, fingerprint = ''] = await server.says(/ca_fingerprint=sha256:(\w+)/)
      desk.learn('FINGERPRINT', fingerprint)
    } else if (block.startsWith('outstation runner --config ')) {
      runner = desk.start(block)
      await runner.says(/ connected$/)
    } else {
      if (block.startsWith('outstation runner unregister ')) await runner?.interrupt()
      printed += await desk.type(block)
    }
  }
  await server?.interrupt()
  assert.match(printed, /Hello from .*\n(step \d of 3\n){3}/)
  assert.equal(printed.match(/^\d +success +Hello +Ann /gm)?.length, 2)
  assert.match(printed, /Unregistered\n/)
})

/** The blocks of shell in the order in which a reader meets them, with ports that are free. */
async function quickStart(): Promise<string[]> {
  const [, section = ''] = readFileSync(join(root, 'README.md'), 'utf8').split(/^## Quick start$/m)
  const [text = ''] = section.split(/^## /m)
  const [port, mqttPort] = await freePorts(2)
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, block]) => block as string)
  assert.ok(blocks.length >= 9)
  return blocks.map((block) =>
    block.replaceAll(/\b3000\b/g, String(port)).replaceAll(/\b8883\b/g, String(mqttPort)),
  )
}

interface Desk {
  /** Puts a word in where the README has a placeholder. */
  learn(placeholder: string, word: string): void
  /** Runs commands in the one shell. @returns what they print; rejects if one fails. */
  type(block: string): Promise<string>
  /** Starts what stays, in a terminal of its own. */
  start(command: string): Daemon
}

/** An empty folder, a shell in it, and `outstation` on the PATH. */
async function openDesk(stack: CleanupStack): Promise<Desk> {
  const home = mkdtempSync(join(tmpdir(), 'outstation-quick-start-'))
  stack.defer(() => rmSync(home, { recursive: true, force: true }))
  const folder = mkdtempSync(join(home, 'folder-'))
  const program = `exec '${process.execPath}' --import '${import.meta.resolve('tsx')}' '${root}/cli.ts' "$@"`
  writeFileSync(join(home, 'outstation'), `#!/bin/sh\n${program}\n`, { mode: 0o700 })
  const env = { HOME: home, PATH: `${home}:${process.env.PATH}` }
  const options = { cwd: folder, env }
  const words = new Map<string, string>()
  const filled = (text: string) =>
    [...words].reduce((sum, [placeholder, word]) => sum.replaceAll(placeholder, word), text)

  const shell = spawn('bash', ['-e'], { ...options, stdio: ['pipe', 'pipe', 'pipe'] })
  stack.defer(() => shell.kill())
  let errors = ''
  shell.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const lines = createInterface({ input: shell.stdout })[Symbol.asyncIterator]()
  let count = 0
  return {
    learn: (placeholder, word) => void words.set(placeholder, word),
    async type(block) {
      const file = join(home, `block-${count++}`)
      writeFileSync(file, filled(block))
      const end = `-- ${file} --`
      shell.stdin.write(`. '${file}' < /dev/null\necho; echo '${end}'\n`)
      let printed = ''
      for (;;) {
        const { value, done } = await lines.next()
        assert.ok(!done, `${block}failed:\n${printed}${errors}`)
        if (value === end) return printed
        printed += `${value}\n`
      }
    },
    start(command) {
      const daemon = new Daemon(`exec ${filled(command)}`, options)
      stack.defer(() => daemon.interrupt())
      return daemon
    },
  }
}
