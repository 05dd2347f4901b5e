/**
 * The version of the next build: the last number in `start` counts up, with as many digits as it has there.
 * @param last the version of the build before; undefined = there was none
 */
export function nextVersion(start: string, last: string | undefined): string {
  const [, before = '', number, after = ''] = /^(.*?)(\d+)(\D*)$/s.exec(start) ?? []
  if (number === undefined || last === undefined) return start
  if (!last.startsWith(before) || !last.endsWith(after)) return start
  const counted = last.slice(before.length, last.length - after.length)
  if (!/^\d{1,15}$/.test(counted)) return start
  const next = Math.max(Number(number), Number(counted) + 1)
  return `${before}${String(next).padStart(number.length, '0')}${after}`
}
