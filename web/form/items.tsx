/** So many of the same: added, moved, removed. */
import type { ComponentChildren } from 'preact'
import { useId, useRef } from 'preact/hooks'
import { Button } from '../parts/button.tsx'
import { describedBy, More } from '../parts/field.tsx'
import { Icon } from '../parts/icons.tsx'
import { type Cell, type Item, itemsIn, newItem } from './draft.ts'
import type { FieldSpec, ItemsKind } from './fields.ts'

interface Props {
  cell: Cell
  spec: FieldSpec & ItemsKind
  /** Draws the fields of one. */
  children: (item: Item) => ComponentChildren
}

export function Items({ cell, spec, children }: Props) {
  const place = useRef<HTMLFieldSetElement>(null)
  const id = useId()
  const said = { hint: spec.hint, wrong: cell.wrong.value }
  const items = itemsIn(cell)
  const set = (changed: Item[]) => {
    cell.held.value = changed
  }
  /** Whoever works with keys goes on where the change was made. */
  const focus = (selector: string) =>
    requestAnimationFrame(() => place.current?.querySelector<HTMLElement>(selector)?.focus())
  const add = () => {
    set([...items, newItem(spec)])
    focus(':scope > .item:last-of-type :is(input, select, textarea)')
  }
  const remove = (item: Item) => {
    set(items.filter((one) => one !== item))
    focus(':scope > .add button')
  }
  const lift = (index: number) => {
    const changed = [...items]
    changed.splice(index - 1, 0, ...changed.splice(index, 1))
    set(changed)
  }
  return (
    <fieldset ref={place} class={`items${spec.table ? ' table' : ''}`} {...describedBy(id, said)}>
      <legend>{spec.label}</legend>
      {items.map((item, index) => (
        <fieldset key={item.key} class="item" aria-label={`${spec.one} ${index + 1}`}>
          {children(item)}
          <div class="ends">
            {!spec.table && index > 0 && (
              <Button
                kind="bare"
                label={`Move ${spec.one} ${index + 1} up`}
                onClick={() => lift(index)}
              >
                <Icon name="up" />
              </Button>
            )}
            <Button
              kind="bare"
              label={`Remove ${spec.one} ${index + 1}`}
              onClick={() => remove(item)}
            >
              <Icon name="bin" />
            </Button>
          </div>
        </fieldset>
      ))}
      <div class="add row">
        <Button onClick={add}>Add {spec.one}</Button>
        <More id={id} {...said} />
      </div>
    </fieldset>
  )
}
