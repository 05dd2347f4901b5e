/** Tasks that fill a disk, on one of a few megabytes. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdir, rm, stat, writeFile } from 'node:fs/promises'
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

for (const [git_client, what, huge] of [
  ['go_git', 'a blob that is small on its way and huge on the disk', Buffer.alloc(32 * 1_048_576)],
  ['cmd_git', 'a repository that is larger than the disk', randomBytes(24 * 1_048_576)],
] as const) {
  test(`${git_client}: ${what}: told, and the next commit has room`, async (t) => {
    const disk = await SmallDisk.for(t, 16)
    if (disk === undefined) return
    const repository = await makeRepository({ 'run.sh': 'echo ran' })
    t.after(() => repository.close())
    await writeFile(join(repository.path, 'huge'), huge)
    await repository.commit({})
    const http = await serveGit(repository.path)
    t.after(() => http.close())
    const { context, log } = await makeContext(t, { tmpPath: disk.path, settings: { git_client } })
    const job = makeJob({ repository: { git_url: http.url, git_branch: 'main' } })
    const { outcome, reason } = await runJob(job, context)
    assert.equal(outcome, 'failed', log.text)
    assert.match(reason ?? '', /no space (was )?left on/i)
    await rm(join(repository.path, 'huge'))
    await repository.commit({})
    assert.equal((await runJob(job, context)).outcome, 'succeeded', log.text)
  })
}

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
