import Type from 'typebox'
import type { UserRow } from '../store/users.ts'
import { Id, iso, Name, Time } from './fields.ts'

/** A user as the API shows one; the password has no place in it. */
export const UserView = Type.Object({
  id: Id,
  username: Name,
  name: Name,
  email: Name,
  admin: Type.Boolean(),
  alert: Type.Boolean(),
  created: Time,
  // Semaphore's clients look for these.
  external: Type.Boolean(),
  can_create_project: Type.Boolean(),
})

export function userView({
  id,
  login,
  name,
  email,
  admin,
  alert,
  created,
}: UserRow): Type.Static<typeof UserView> {
  return {
    id,
    username: login,
    name,
    email,
    admin,
    alert,
    created: iso(created),
    external: false,
    can_create_project: admin,
  }
}
