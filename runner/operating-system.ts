/** Which system this is, in one line for a person. */
import { existsSync, readFileSync } from 'node:fs'
import { arch, release, type } from 'node:os'

/** As its maker calls it ("Debian GNU/Linux 12 (bookworm), x64"); else by its kernel. */
export function operatingSystem(file = '/etc/os-release'): string {
  const text = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const [, name = `${type()} ${release()}`] = /^PRETTY_NAME="?([^"\n]+)"?$/m.exec(text) ?? []
  return `${name}, ${arch()}`.slice(0, 255)
}
