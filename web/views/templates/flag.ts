import type { FieldSpec } from '../../form/fields.ts'

export const flag = (name: string, label: string, more: Partial<FieldSpec> = {}): FieldSpec =>
  ({ name, label, kind: 'flag', half: true, ...more }) as FieldSpec
