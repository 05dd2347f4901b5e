/** What every view shows around its data: that it is on its way, why it is not there, or the data. */
import type { ComponentChildren } from 'preact'
import type { ApiError } from '../api/client.ts'
import type { Live } from '../api/live.ts'
import { Button } from './button.tsx'

interface Props<T> {
  of: Live<T>
  children: (data: T) => ComponentChildren
}

export function Await<T>({ of, children }: Props<T>) {
  const data = of.data.value
  if (data !== undefined) return <>{children(data)}</>
  const error = of.error.value
  return error ? <Trouble error={error} again={of.again} /> : <Skeleton />
}

export function Skeleton() {
  return (
    <div class="skeleton" role="status">
      <span class="unseen">Loading</span>
      <i />
      <i />
      <i />
    </div>
  )
}

const titles: Partial<Record<ApiError['kind'], string>> = {
  offline: 'The server cannot be reached',
  forbidden: 'You may not see this',
  missing: 'There is no such thing',
  busy: 'The server takes nothing right now',
}

export function Trouble({ error, again }: { error: ApiError; again: () => void }) {
  return (
    <div class="empty" role="alert">
      <h2>{titles[error.kind] ?? 'This did not work'}</h2>
      <p>{error.message}</p>
      {error.kind !== 'forbidden' && error.kind !== 'missing' && (
        <Button onClick={again}>Try again</Button>
      )}
    </div>
  )
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  )
}
