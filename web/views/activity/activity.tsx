import { useLive } from '../../api/live.ts'
import type { Deed } from '../../api/records.ts'
import { Await, Empty } from '../../parts/await.tsx'
import { LinkButton } from '../../parts/button.tsx'
import { Older, pageOf } from '../../parts/older.tsx'
import { Page, Sheet } from '../../parts/page.tsx'
import { query } from '../../shell/router.ts'
import { project, user } from '../../shell/session.ts'
import type { ViewProps } from '../index.ts'
import { DeedTable } from './table.tsx'

/** Who did what: in one project, or in all of them and on the server itself. */
export default function Activity({ params }: ViewProps) {
  const scope = params.project === undefined ? '' : `/project/${params.project}`
  const before = query.value.get('before')
  const deeds = useLive<Deed[]>(
    `/api${scope}/events?${pageOf(before)}`,
    ({ tasks, runners }) => tasks.length > 0 || runners.length > 0,
  )
  return (
    <Page
      title="Activity"
      tab="Activity"
      crumb={scope ? project.value?.name : 'All projects'}
      actions={
        scope && user.value?.admin && <LinkButton href="/activity">Of all projects</LinkButton>
      }
    >
      <Await of={deeds}>
        {(all) => (
          <>
            <Sheet>
              {all.length === 0 ? (
                <Empty title="Nothing is known">
                  <p>Whatever somebody makes, changes, deletes or runs is told here.</p>
                </Empty>
              ) : (
                <DeedTable of={all} projects={scope === ''} />
              )}
            </Sheet>
            <Older of={all} address={`${scope}/activity`} before={before} />
          </>
        )}
      </Await>
    </Page>
  )
}
