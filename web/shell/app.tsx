/** Sign-in, or the frame with the view that the address names. */
import { useEffect } from 'preact/hooks'
import { ApiError } from '../api/client.ts'
import { awaySince } from '../api/news.ts'
import { Trouble } from '../parts/await.tsx'
import { Shape } from '../parts/state.tsx'
import { Rail } from './rail.tsx'
import { path } from './router.ts'
import { startError, user, whoAmI } from './session.ts'
import { SignIn } from './sign-in.tsx'
import { View } from './view.tsx'

const tryAgainMs = 3000

export function App() {
  if (user.value === null) return <SignIn />
  if (startError.value !== undefined) return <NotThere message={startError.value} />
  if (user.value === undefined) return null
  return (
    <div class="app">
      <a class="skip" href="#page">
        Skip to the page
      </a>
      <Rail />
      <main class="page" id="page" tabIndex={-1} key={path.value}>
        <View />
      </main>
      <Away />
    </div>
  )
}

/** The server was away when the page was opened. */
function NotThere({ message }: { message: string }) {
  useEffect(() => {
    const timer = setInterval(() => void whoAmI(), tryAgainMs)
    return () => clearInterval(timer)
  }, [])
  return (
    <main>
      <h1 class="unseen">Outstation</h1>
      <Trouble error={new ApiError('offline', message)} again={() => void whoAmI()} />
    </main>
  )
}

/** What is shown is old, and the page says so. */
function Away() {
  const since = awaySince.value
  return (
    <div role="status">
      {since !== null && (
        <div class="note dark offline">
          <Shape shape="dash" />
          <span>
            The server is away since {new Date(since).toLocaleTimeString()}. This page goes on by
            itself when it is back.
          </span>
        </div>
      )}
    </div>
  )
}
