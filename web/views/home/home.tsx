import { useEffect } from 'preact/hooks'
import { Empty } from '../../parts/await.tsx'
import { Page, Sheet } from '../../parts/page.tsx'
import { go } from '../../shell/router.ts'
import { project, user } from '../../shell/session.ts'

/** Leads to the project that was looked at last; on an empty server to the first steps. */
export default function Home() {
  const id = project.value?.id
  const address =
    id !== undefined ? `/project/${id}/tasks` : user.value?.admin ? '/first-steps' : undefined
  useEffect(() => {
    if (address !== undefined) go(address, { replace: true })
  }, [address])
  if (address !== undefined) return null
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
