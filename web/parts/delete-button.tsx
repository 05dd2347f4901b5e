import { Button } from './button.tsx'
import { Icon } from './icons.tsx'

/** At the end of the row of what it deletes. */
export function DeleteButton({ name, onClick }: { name: string; onClick: () => void }) {
  return (
    <Button kind="bare" label={`Delete ${name}`} onClick={onClick}>
      <Icon name="bin" />
    </Button>
  )
}
