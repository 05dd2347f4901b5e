/** The view of the address, loaded when it is first opened. */
import { useSignal } from '@preact/signals'
import type { ComponentType } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { ApiError } from '../api/client.ts'
import { awaySince } from '../api/news.ts'
import { Skeleton, Trouble } from '../parts/await.tsx'
import { type ViewProps, views } from '../views/index.ts'
import { path } from './router.ts'
import { match } from './routes.ts'
import { user } from './session.ts'

export function View() {
  for (const view of views) {
    const params = match(view.pattern, path.value)
    if (params && view.admin && !user.value?.admin) return <Refused />
    if (params) return <Loaded key={view.pattern} load={view.load} params={params} />
  }
  const nowhere = new ApiError('missing', `Nothing is at ${path.value}.`)
  return <Trouble error={nowhere} again={() => {}} />
}

/** What it asks the server for would be refused, too; but not what it offers to do. */
function Refused() {
  const error = new ApiError('forbidden', 'This is for administrators only.')
  return <Trouble error={error} again={() => {}} />
}

interface LoadedProps extends ViewProps {
  load: () => Promise<{ default: ComponentType<ViewProps> }>
}

function Loaded({ load, params }: LoadedProps) {
  const component = useSignal<ComponentType<ViewProps> | undefined>(undefined)
  const failed = useSignal(false)
  const fetchIt = () => {
    failed.value = false
    load().then(
      (module) => {
        component.value = module.default
      },
      () => {
        failed.value = true
      },
    )
  }
  useEffect(fetchIt, [])
  // A browser does not ask twice for a file that it could not get: the page itself begins anew.
  const away = awaySince.value !== null
  const wasAway = useRef(away)
  useEffect(() => {
    if (failed.value && wasAway.current && !away) location.reload()
    wasAway.current = away
  }, [away, failed.value])
  const Component = component.value
  if (Component) return <Component params={params} />
  if (!failed.value) return <Skeleton />
  // After an update of the server the old page asks for files that are gone.
  const error = new ApiError(
    'offline',
    'This view could not be loaded. The server may have been updated: reload the page.',
  )
  return <Trouble error={error} again={() => location.reload()} />
}
