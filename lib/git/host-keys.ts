/**
 * What ssh says of host keys. With `accept-new` it pins the first key of a host, and refuses every
 * other one from then on, also one of another kind.
 */
import { AppError } from '../errors.ts'

/** A line for the log when ssh has just pinned a key; undefined when it has not. */
export function newPin(stderr: string, knownHosts: string): string | undefined {
  const added = /Permanently added '([^']+)' \((\S+)\) to the list of known hosts/.exec(stderr)
  if (added === null) return undefined
  return `Host key of ${added[1]} (${added[2]}) seen for the first time, pinned in ${knownHosts}`
}

/**
 * The refusal of a host key in one line that says how the pin is removed; undefined if it is none.
 * @param side whose file of pins it is
 */
export function hostKeyRefusal(
  stderr: string,
  knownHosts: string,
  side: 'runner' | 'server',
): AppError | undefined {
  const unknown = /^No \S+ host key is known for (\S+) and you have requested/m.exec(stderr)?.[1]
  if (unknown !== undefined) return notPinned(unknown, knownHosts, side)
  const host = /^Host key for (\S+) has changed and you have requested/m.exec(stderr)?.[1]
  if (host === undefined) return undefined
  const got = /(SHA256:[\w+/]+)/.exec(stderr)?.[1] ?? 'another one'
  const [file, line] = /^Offending .*key in (.+):(\d+)/m.exec(stderr)?.slice(1) ?? [knownHosts]
  const place = line === undefined ? `in ${file}` : `in line ${line} of ${file}`
  return new AppError(
    'repository',
    `${host}: expected the host key that is pinned ${place}, got ${got}`,
    {
      fix:
        `someone may be in between; if the change is right, remove the pin on the ${side}: ` +
        `ssh-keygen -R '${host}' -f '${file}'`,
    },
  )
}

function notPinned(host: string, knownHosts: string, side: string): AppError {
  const [, name = host, port] = /^\[(.+)\]:(\d+)$/.exec(host) ?? []
  const scan = `ssh-keyscan ${port === undefined ? '' : `-p ${port} `}${name} >> '${knownHosts}'`
  return new AppError(
    'repository',
    `${host}: expected a host key that is pinned, got one that is not (ssh.strict_host_key_checking)`,
    { fix: `pin it on the ${side} and compare it with the host's own: ${scan}` },
  )
}
