import type { Project } from '../../api/records.ts'
import { Form } from '../../form/form.tsx'
import { Page, Sheet } from '../../parts/page.tsx'
import { go } from '../../shell/router.ts'
import { api, choose, reloadProjects } from '../../shell/session.ts'
import { projectFields } from './fields.ts'
import { Restore } from './restore.tsx'

export default function NewProject() {
  const open = async ({ id }: Project) => {
    await reloadProjects()
    choose(id)
    go(`/project/${id}/templates`)
  }
  return (
    <Page title="New project" tab="New project" crumb="All projects">
      <Sheet>
        <div class="body narrow">
          <Form
            submit="Create project"
            sections={[{ fields: projectFields }]}
            save={(values) => api.post<Project>('/api/projects', values)}
            onSaved={open}
          />
        </div>
      </Sheet>
      <Restore onDone={open} />
    </Page>
  )
}
