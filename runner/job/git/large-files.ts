/**
 * Git LFS, by git-lfs. What `.lfsconfig` may say is little, but its URL could lead git-lfs, and an
 * ssh-agent with it, to another host; so the URL is looked at here and handed over.
 */
import { AppError } from '../../../lib/errors.ts'
import type { BinaryClient } from './binary.ts'
import type { RemoteAddress } from './open-client.ts'

/** Replaces the pointers in the work tree by their files. @throws AppError `tool`, `repository`, .. */
export async function bringLargeFiles(
  client: BinaryClient,
  { url, kind }: RemoteAddress,
  hash: string,
): Promise<void> {
  const settings = await client.settings(hash, '.lfsconfig')
  const named = settings.filter(([name]) => /(^lfs\.(push)?url|\.lfs(push)?url)$/i.test(name))
  for (const [name, value] of named) {
    if (/^https?:\/\/[^\s@]+$/i.test(value)) continue
    throw new AppError(
      'repository',
      `.lfsconfig: ${name}: expected an http(s) URL without a login`,
      {
        fix: 'correct .lfsconfig',
      },
    )
  }
  const own = kind === 'http' ? `${url.replace(/(\.git)?\/*$/, '.git')}/info/lfs` : undefined
  const place = named.find(([name]) => name.toLowerCase() === 'lfs.url')?.[1] ?? own
  await client.pullLargeFiles(place)
}
