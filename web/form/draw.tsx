/** Draws the fields of a draft, items within items as well. */
import type { Signal } from '@preact/signals'
import { Field, Flag, Select } from '../parts/field.tsx'
import { type Cell, checkFilled, type Draft, isRequired, lookIn, shownOf } from './draft.ts'
import { Items } from './items.tsx'

interface Props {
  draft: Draft
  /** Those of them to draw; all if it is not given. */
  cells?: readonly Cell[]
}

export function Fields({ draft, cells = draft.cells }: Props) {
  const shown = shownOf(draft).filter((cell) => cells.includes(cell))
  return (
    <div class="grid">
      {shown.map((cell) => (
        <div
          key={cell.spec.name}
          class={cell.spec.half ? 'half' : undefined}
          onFocusOut={({ relatedTarget }) => {
            // Not on the way to a button: it would move away under the pointer.
            if (!(relatedTarget instanceof HTMLButtonElement)) checkFilled(cell, lookIn(draft))
          }}
        >
          <One cell={cell} draft={draft} />
        </div>
      ))}
    </div>
  )
}

function One({ cell, draft }: { cell: Cell; draft: Draft }) {
  const { spec, held, wrong } = cell
  const look = lookIn(draft)
  const shared = {
    label: spec.label,
    hint: spec.hint,
    wrong: wrong.value,
    required: isRequired(spec, look),
    disabled: spec.fixed?.(look) ?? false,
    placeholder: spec.placeholder?.(look) ?? '',
  }
  const text = held as Signal<string>
  switch (spec.kind) {
    case 'items':
      return (
        <Items cell={cell} spec={spec}>
          {(item) => <Fields draft={item} />}
        </Items>
      )
    case 'flag':
      return <Flag {...shared} value={held as Signal<boolean>} />
    case 'choice':
    case 'id':
      return <Select {...shared} value={text} choices={spec.choices} />
    case 'lines':
    case 'json':
    case 'arguments':
    case 'list':
      return <Field {...shared} value={text} lines={spec.lines} />
    case 'secret':
      return <Field {...shared} value={text} lines={1} masked />
    case 'time':
      return <Field {...shared} value={text} type="datetime-local" />
    case 'password':
      return (
        <Field
          {...shared}
          value={text}
          type="password"
          autocomplete={spec.autocomplete ?? 'new-password'}
        />
      )
    case 'text':
      return (
        <Field
          {...shared}
          value={text}
          autocomplete={spec.autocomplete ?? 'off'}
          suggestions={spec.suggestions ?? []}
        />
      )
    default:
      return <Field {...shared} value={text} numeric={spec.kind === 'number'} />
  }
}
