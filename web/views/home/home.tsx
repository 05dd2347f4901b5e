import { useEffect } from 'preact/hooks'
import { Empty } from '../../parts/await.tsx'
import { Page, Sheet } from '../../parts/page.tsx'
import { go } from '../../shell/router.ts'
import { project, user } from '../../shell/session.ts'
import { Overview } from './overview.tsx'

/** The overview of the project that was looked at last; on an empty server it leads to the first steps. */
export default function Home() {
  const chosen = project.value
  const lost = chosen === undefined && user.value?.admin
  useEffect(() => {
    if (lost) go('/first-steps', { replace: true })
  }, [lost])
  if (chosen) return <Overview key={chosen.id} project={chosen} />
  if (lost) return null
  return (
    <Page title="Welcome" tab="Welcome">
      <Sheet>
        <Empty title="There is no project for you yet">
          <p>An administrator has to make you a member of one.</p>
        </Empty>
      </Sheet>
    </Page>
  )
}
