/** The program in a pseudo-terminal, typed at by a person who reads before he types. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

const root = join(import.meta.dirname, '../..')

/** For `skip`: what is missing; false = nothing. */
export const noTerminal: string | false =
  spawnSync('script', ['--version']).stdout?.includes('util-linux') === true
    ? false
    : 'script of util-linux is not installed'

export interface Screen {
  code: number
  /** All that was shown, without colours. */
  text: string
}

/** @param steps what has to be shown, and then what is typed and ended with Enter */
export async function inTerminal(
  args: readonly string[],
  steps: readonly (readonly [shown: string, typed: string])[],
): Promise<Screen> {
  const words = [process.execPath, '--import', 'tsx', join(root, 'cli.ts'), ...args]
  const quoted = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`)
  // The terminal has the size of the one that we have, and we have none.
  const command = `stty rows 50 cols 200 && exec ${quoted.join(' ')}`
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(
    'script',
    ['--quiet', '--return', '--flush', '--command', command, '/dev/null'],
    {
      cwd: root,
      env: { PATH, HOME, TERM: 'xterm', SHELL: '/bin/sh', NO_COLOR: '1' },
    },
  )
  const waiting = [...steps]
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part
    const [step] = waiting
    if (step === undefined || !stripVTControlCharacters(text).includes(step[0])) return
    waiting.shift()
    child.stdin.write(`${step[1]}\r`)
  })
  const patience = setTimeout(() => child.kill('SIGKILL'), 60_000)
  const [code] = await once(child, 'close')
  clearTimeout(patience)
  const shown = stripVTControlCharacters(text)
  if (waiting.length > 0) throw new Error(`never shown: ${waiting[0]?.[0]}\n${shown}`)
  return { code, text: shown }
}
