/** An fsync that fails in this process, as it does once the kernel could not store a page. */
import { type FileHandle, open } from 'node:fs/promises'
import type { TestContext } from 'node:test'

/** The next `fdatasync` fails with EIO, once `meanwhile` has done to the disk what shall be found then. */
export async function failNextSync(t: TestContext, meanwhile: () => void): Promise<void> {
  const probe = await open('/dev/null')
  const handles = Object.getPrototypeOf(probe) as FileHandle
  await probe.close()
  const { mock } = t.mock.method(handles, 'datasync', async () => {
    mock.restore()
    meanwhile()
    throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' })
  })
}
