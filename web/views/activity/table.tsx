import type { Deed } from '../../api/records.ts'
import { Ago } from '../../parts/time.tsx'

interface Props {
  of: readonly Deed[]
  /** Says of which project each is, too. */
  projects?: boolean
}

export function DeedTable({ of, projects = false }: Props) {
  return (
    <div class="wide">
      <table>
        <thead>
          <tr>
            <th>What</th>
            <th>Who</th>
            {projects && <th class="later">Project</th>}
            <th>When</th>
          </tr>
        </thead>
        <tbody>
          {of.map((one) => (
            <tr key={one.id}>
              <td class="break">
                <What of={one} />
              </td>
              <td class="dim">{one.username || '–'}</td>
              {projects && <td class="later dim">{one.project_name ?? '–'}</td>}
              <td class="dim">
                <Ago time={one.created} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** What tells of a task leads to it. */
function What({ of: { object_type, object_id, project_id, description } }: { of: Deed }) {
  if (object_type !== 'task' || project_id === null) return <>{description}</>
  return <a href={`/project/${project_id}/tasks/${object_id}`}>{description}</a>
}
