import Type from 'typebox'
import type { AlarmRow } from '../store/alarms.ts'
import { Count, iso, isoOrNull, Nullable, Text, Time } from './fields.ts'

export const Alarm = Type.Object({
  kind: Text,
  /** What was seen, and what to do. */
  text: Text,
  first_at: Time,
  last_at: Time,
  /** How often it was seen since first_at. */
  times: Count,
  /** null = it is up. */
  cleared_at: Nullable(Time),
})

export function alarmView(row: AlarmRow): Type.Static<typeof Alarm> {
  return {
    ...row,
    first_at: iso(row.first_at),
    last_at: iso(row.last_at),
    cleared_at: isoOrNull(row.cleared_at),
  }
}
