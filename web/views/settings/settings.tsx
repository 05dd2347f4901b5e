import { useLive } from '../../api/live.ts'
import type { Project } from '../../api/records.ts'
import { DeleteNamed } from '../../collection/collection.tsx'
import { Form } from '../../form/form.tsx'
import { useAsked } from '../../parts/asked.ts'
import { Await } from '../../parts/await.tsx'
import { Button } from '../../parts/button.tsx'
import { Page, Sheet } from '../../parts/page.tsx'
import { go } from '../../shell/router.ts'
import { api, project, reloadProjects } from '../../shell/session.ts'
import type { ViewProps } from '../index.ts'
import { projectFields } from './fields.ts'

export default function Settings({ params }: ViewProps) {
  const path = `/api/project/${params.project}`
  const live = useLive<Project>(path)
  const { asked, ask, close } = useAsked<'delete'>()
  return (
    <Page title="Settings" tab="Settings" crumb={project.value?.name}>
      <Await of={live}>
        {(record) => (
          <>
            <Sheet title="Project">
              <div class="body narrow">
                <Form
                  submit="Save"
                  sections={[{ fields: projectFields }]}
                  record={record}
                  save={(values) => api.put(path, values)}
                  onSaved={reloadProjects}
                />
              </div>
            </Sheet>
            <Sheet title="Backup">
              <div class="body row">
                <span class="dim">
                  All that is in it as a file, without secrets, tasks and members. Who makes a new
                  project can begin with it.
                </span>
                <span class="grow">
                  <a class="button" href={`${path}/backup`} download={`${record.name}.json`}>
                    Download
                  </a>
                </span>
              </div>
            </Sheet>
            <Sheet title="Delete the project">
              <div class="body row">
                <span class="dim">
                  With all that is in it: templates, tasks and their logs, keys, its own runners.
                </span>
                <span class="grow">
                  <Button kind="danger" onClick={() => ask('delete')}>
                    Delete
                  </Button>
                </span>
              </div>
            </Sheet>
            {asked && (
              <DeleteNamed
                named={project.value ?? record}
                one="project"
                path={path}
                onDeleted={async () => {
                  await reloadProjects()
                  go('/')
                }}
                onClose={close}
              >
                <p>Everything that is in it goes with it. This cannot be taken back.</p>
              </DeleteNamed>
            )}
          </>
        )}
      </Await>
    </Page>
  )
}
