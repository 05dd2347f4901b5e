/** The tab "systemd", pasted by root as it stands, with what it writes to the system kept from the system. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { CleanupStack } from '../../lib/stack.ts'
import { Daemon } from '../kit/daemon.ts'
import { openPasting } from '../kit/pasted.ts'

const needed =
  'unshare --mount true && curl --version && setpriv --version && systemd-analyze --version'
const skip =
  spawnSync('bash', ['-c', needed]).status === 0 || process.env.CI
    ? false
    : 'it needs root, unshare, setpriv, curl and systemd-analyze'

const unit = '/etc/systemd/system/outstation-runner.service'

/** Runs in a namespace of mounts, in an empty folder that holds what was copied as `pasted.sh`. */
const asRoot = `
for folder in /etc /usr/local /var/lib; do
  mkdir -p .$folder/upper .$folder/work
  mount -t overlay -o lowerdir=$folder,upperdir=$PWD$folder/upper,workdir=$PWD$folder/work overlay $folder
done
[ ! -d /run/systemd ] || mount -t tmpfs tmpfs /run/systemd
. ./pasted.sh
systemd-analyze verify --man=no ${unit} 2>&1 | grep outstation-runner >&2 && exit 1
mount -t tmpfs tmpfs /tmp
eval "exec setpriv --reuid outstation-runner --regid outstation-runner --init-groups \\
  $(sed -n s/^ExecStart=//p ${unit})"
`

test('the unit that is pasted is sound, and its command is a runner of its own user', {
  skip,
}, async () => {
  await using stack = new CleanupStack()
  const pasting = await openPasting('id -un; pwd')
  stack.defer(() => pasting.close())
  const { text, folder } = await pasting.newRunner('systemd')
  await writeFile(join(folder, 'pasted.sh'), text)
  await writeFile(join(folder, 'root.sh'), asRoot)
  const env = { PATH: process.env.PATH as string, HOME: folder }
  const runner = new Daemon('exec unshare --mount bash -e root.sh', { cwd: folder, env })
  stack.defer(() => runner.interrupt())
  await runner.says(/ connected$/)
  assert.match(await pasting.runScript(), /^outstation-runner$/m)
})
