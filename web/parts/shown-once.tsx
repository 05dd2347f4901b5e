/** A secret that the server keeps no copy of: shown in the answer that made it, and never again. */
import type { ComponentChildren } from 'preact'
import { Button } from './button.tsx'
import { Code } from './code.tsx'
import { Dialog } from './dialog.tsx'

interface Props {
  title: string
  /** What it is. */
  label: string
  text: string
  /** What to do with it. */
  children: ComponentChildren
  onClose: () => void
}

export function ShownOnce({ title, label, text, children, onClose }: Props) {
  return (
    <Dialog title={title} onClose={onClose}>
      <p class="dim">It is shown this once. {children}</p>
      <Code text={text} label={label} />
      <div class="buttons">
        <Button kind="first" onClick={onClose}>
          Done
        </Button>
      </div>
    </Dialog>
  )
}
