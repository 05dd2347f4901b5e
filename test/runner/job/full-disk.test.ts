/** Tasks that fill a disk, on one of a few megabytes. */
import assert from 'node:assert/strict'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { runJob } from '../../../runner/job/run.ts'
import { makeRepository, serveGit } from '../../kit/git.ts'
import { makeJob } from '../../kit/job.ts'
import { SmallDisk } from '../../kit/small-disk.ts'
import { makeContext, runScript } from './make.ts'

test('a task that fills the disk is told so, and leaves room for the next', async (t) => {
  const disk = await SmallDisk.for(t, 16)
  if (disk === undefined) return
  const repository = await makeRepository({ 'run.sh': 'yes > big; echo more > after' })
  t.after(() => repository.close())
  const http = await serveGit(repository.path)
  t.after(() => http.close())
  const { context, log } = await makeContext(t, { tmpPath: disk.path })
  const job = makeJob({ repository: { git_url: http.url } })
  const end = await runJob(job, context)
  assert.equal(end.exit_code, 1, log.text)
  assert.equal(end.reason, `no space was left on the disk of ${disk.path}`)
  assert.match(log.text, /\nRunning app failed: no space was left/)
  const tree = join(disk.path, 'project_1/repository_3_template_2')
  assert.match(log.text, /No space left on device[\s\S]*is full: the work tree is emptied\n/)
  assert.deepEqual(await readdir(tree), [])
  await repository.commit({ 'run.sh': 'echo room > here' })
  assert.equal((await runJob(job, context)).outcome, 'succeeded')
  assert.ok((await stat(join(tree, 'here'))).size > 0)
})

test('a home that fills it is emptied too; other failures empty nothing', async (t) => {
  const disk = await SmallDisk.for(t, 8)
  if (disk === undefined) return
  const home = join(disk.path, 'project_1/repository_3_template_2_home')
  const plain = await runScript(t, 'echo cache > "$HOME/cache"; exit 4', {}, { tmpPath: disk.path })
  assert.equal(plain.end.reason, 'exited with code 4')
  assert.deepEqual(await readdir(home), ['cache'])
  const filling = await runScript(t, 'yes > "$HOME/big"', {}, { tmpPath: disk.path })
  assert.match(filling.end.reason ?? '', /^no space was left on the disk/)
  assert.match(filling.log.text, /_home is emptied\n/)
  assert.deepEqual(await readdir(home), [])
})
