/** A server to which what "Add runner" shows is pasted, and a script in a repository that it can reach. */
import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { CleanupStack } from '../../lib/stack.ts'
import { waysToInstall } from '../../web/views/runners/install.ts'
import { makeRepository, serveGit } from './git.ts'
import { buildOneFile } from './one-file.ts'
import { openWorld } from './world.ts'

export interface Pasting {
  /** Makes a runner. @returns what to paste in this tab, and an empty folder */
  newRunner(tab: string): Promise<{ text: string; folder: string }>
  /** Runs the script, to its success. @returns its log */
  runScript(): Promise<string>
  close(): Promise<void>
}

export async function openPasting(script: string): Promise<Pasting> {
  const stack = new CleanupStack()
  try {
    await buildOneFile()
    const world = await openWorld({ runners: 0, files: {} })
    stack.defer(() => world.close())
    const repository = await makeRepository({ 'script.sh': script })
    stack.defer(() => repository.close())
    const git = await serveGit(repository.path)
    stack.defer(() => git.close())
    const repository_id = await world.create('repositories', {
      ...{ name: 'Served', git_url: git.url, git_branch: 'main', ssh_key_id: world.project.key },
    })
    const template = await world.template({ repository_id, playbook: 'script.sh' })
    return {
      async newRunner(tab) {
        const { token } = (await world.api.post('/api/runners', { name: tab })).json()
        const ways = waysToInstall({ server: world.url, token, caPem: world.ca.trim() })
        const { text } = ways.find(({ name }) => name === tab) ?? {}
        assert.ok(text)
        return { text, folder: mkdtempSync(join(world.folder, 'pasted-')) }
      },
      async runScript() {
        const task = await world.run(template)
        const { status } = await world.finished(task)
        const log = await world.log(task)
        assert.equal(status, 'success', log)
        return log
      },
      close: () => stack.close(),
    }
  } catch (error) {
    await stack.close()
    throw error
  }
}
