import type { Key } from '../api/records.ts'
import { api } from '../shell/session.ts'

/**
 * A repository always names a key, also one that needs none: that of type "none", made if there is none yet.
 * @param path of the project in the API
 * @returns its id
 */
export async function keyOfNone(path: string): Promise<number> {
  const keys = await api.get<Key[]>(`${path}/keys`)
  const none = keys.find(({ type }) => type === 'none')
  return (none ?? (await api.post<Key>(`${path}/keys`, { name: 'None', type: 'none' }))).id
}
