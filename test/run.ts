/** Runs every *.test.ts under test/ (or those whose path contains an argument); fails when none ran. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'

const wanted = process.argv.slice(2)
const files = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.test.ts'))
  .filter((path) => wanted.length === 0 || wanted.some((part) => path.includes(part)))
  .map((path) => join(import.meta.dirname, path))
  .sort()
if (files.length === 0) {
  console.error(`no test file matches ${wanted.join(' ') || '*.test.ts'}`)
  process.exit(1)
}

let passed = 0
run({ files, concurrency: 2, timeout: 300_000 })
  .on('test:pass', ({ details }) => {
    if (details.type !== 'suite') passed += 1
  })
  .on('test:fail', () => {
    process.exitCode = 1
  })
  .compose(new spec())
  .on('end', () => {
    if (passed === 0) {
      console.error('no test passed')
      process.exitCode = 1
    }
  })
  .pipe(process.stdout)
