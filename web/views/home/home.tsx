import { useEffect } from 'preact/hooks'
import { Empty } from '../../parts/await.tsx'
import { LinkButton } from '../../parts/button.tsx'
import { Page, Sheet } from '../../parts/page.tsx'
import { go } from '../../shell/router.ts'
import { project, user } from '../../shell/session.ts'

/** Leads to the tasks of the project that was looked at last; without one it says what to do. */
export default function Home() {
  const id = project.value?.id
  useEffect(() => {
    if (id !== undefined) go(`/project/${id}/tasks`, { replace: true })
  }, [id])
  if (id !== undefined) return null
  return (
    <Page title="Welcome" tab="Welcome">
      <Sheet>
        <Empty title="There is no project yet">
          {user.value?.admin ? (
            <>
              <p>
                A project holds templates, and the tasks that are run from them. It is made over the
                API so far: POST /api/projects.
              </p>
              <LinkButton href="/runners" kind="first">
                Runners
              </LinkButton>
            </>
          ) : (
            <p>An administrator has to make you a member of one.</p>
          )}
        </Empty>
      </Sheet>
    </Page>
  )
}
