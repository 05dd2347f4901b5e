/**
 * What is simulated is the program compiled, which runs twice as fast as from its sources: a copy of the
 * tree, with one line of it written wrongly if a break is asked for.
 */
import { type ChildProcess, execFile } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { AppError } from '../../lib/errors.ts'
import type { Break } from './breaks.ts'

export interface Compiled {
  /** The program that runs seeds (seeds.ts). */
  program: string
  close(): Promise<void>
}

const root = join(import.meta.dirname, '../..')
const sources = ['broker', 'lib', 'server', 'runner', 'test/kit', 'test/simulator']
const rest = ['package.json', 'tsconfig.json', 'tsconfig.build.json']

/**
 * What is compiled goes with the process, also with one that is told to exit in the middle of it: so nothing
 * is copied behind the back of what removes it.
 */
export async function compile(broken?: Break): Promise<Compiled> {
  const folder = mkdtempSync(join(tmpdir(), 'outstation-simulate-'))
  let compiler: ChildProcess | undefined
  const remove = () => {
    compiler?.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  }
  process.once('exit', remove)
  const close = async () => {
    process.off('exit', remove)
    remove()
  }
  try {
    for (const name of [...sources, ...rest]) {
      cpSync(join(root, name), join(folder, name), { recursive: true })
    }
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
    if (broken !== undefined) breakLine(folder, broken)
    const tsc = join(root, 'node_modules/.bin/tsc')
    const args = ['-p', join(folder, 'test/simulator'), '--outDir', folder]
    const compiling = promisify(execFile)(tsc, args)
    compiler = compiling.child
    await compiling
    return { program: join(folder, 'test/simulator/seeds.js'), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** @throws AppError `internal` if the line is not there any more */
function breakLine(folder: string, { file, right, wrong }: Break): void {
  const path = join(folder, file)
  const text = readFileSync(path, 'utf8')
  if (text.split(right).length !== 2) {
    throw new AppError(
      'internal',
      `${file}: expected once the line that is to be broken: ${right}`,
      {
        fix: 'bring test/simulator/breaks.ts up to date with it',
      },
    )
  }
  writeFileSync(
    path,
    text.replace(right, () => wrong),
  )
}
