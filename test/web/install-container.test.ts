/**
 * The tab "Container", built and run by podman as it stands: where the image that it is made from lies
 * already, since a test fetches none. Debian's packages come from where they always come from.
 */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { CleanupStack } from '../../lib/stack.ts'
import { Daemon } from '../kit/daemon.ts'
import { openPasting } from '../kit/pasted.ts'

const base = 'docker.io/library/node:20-slim'
const skip =
  spawnSync('podman', ['image', 'exists', base]).status === 0 ? false : `podman has no ${base}`

const script = 'id -un; ansible-playbook --version | head -1; git --version; ssh -V'

test('a container is built, runs a task, drains when it is stopped, and is replaced', {
  skip,
}, async () => {
  await using stack = new CleanupStack()
  const pasting = await openPasting(script)
  stack.defer(() => pasting.close())
  const { text, folder } = await pasting.newRunner('Container')
  const env = { ...(process.env as Record<string, string>), ...(await storeIn(folder)) }
  const options = { cwd: folder, env }
  const bash = (commands: string) => promisify(execFile)('bash', ['-ec', commands], options)
  stack.defer(() => bash('podman rm --force --all; podman unmount --all; podman rmi --force --all'))

  await bash(text)
  const first = new Daemon('podman logs --follow outstation-runner', options)
  await first.says(/ connected$/)
  assert.match(await pasting.runScript(), /^node\nansible-playbook .*\ngit version .*\nOpenSSH/m)
  await bash('podman exec outstation-runner outstation runner doctor --no-config')
  await bash('podman stop outstation-runner')
  assert.equal((await bash(`podman inspect --format '{{.State.ExitCode}}' -l`)).stdout, '0\n')

  // A newer one, with what the former remembers.
  await bash(`podman rm outstation-runner; rm -r outstation-runner; ${text}`)
  const second = new Daemon('podman logs --follow outstation-runner', options)
  await second.says(/ connected$/)
  await pasting.runScript()
})

/** What is made goes into a store of its own; it reaches a server on this machine. */
async function storeIn(folder: string): Promise<Record<string, string>> {
  const store = join(folder, 'store')
  const storage = `[storage]
driver = "overlay"
graphroot = "${store}/graph"
runroot = "${store}/run"
[storage.options]
additionalimagestores = ["/var/lib/containers/storage"]
`
  const containers = `[containers]
netns = "host"
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
`
  await writeFile(join(folder, 'storage.conf'), storage)
  await writeFile(join(folder, 'containers.conf'), containers)
  return {
    CONTAINERS_STORAGE_CONF: join(folder, 'storage.conf'),
    CONTAINERS_CONF: join(folder, 'containers.conf'),
  }
}
