import { useLive } from '../../api/live.ts'
import type { ChangeCounts, HostRecap, Summary } from '../../api/task-records.ts'
import { plainText } from '../../log/ansi.ts'
import type { LinePage } from '../../log/pages.ts'
import { Facts, Sheet } from '../../parts/page.tsx'

/** What the tool itself counted. */
export function SummaryOf({ summary }: { summary: Summary }) {
  if (summary.kind === 'terraform')
    return <Changes planned={summary.planned} applied={summary.applied} />
  const { hosts, total } = summary
  const rest = total.hosts - hosts.length
  return (
    <Sheet title="Hosts" aside={rest > 0 ? `and ${rest} more, without failures` : undefined}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so keys must be able to reach it. */}
      <div class="wide" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th>Host</th>
              {columns.map(([name]) => (
                <th key={name}>{name}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {hosts.map((host) => (
              <tr key={host.host}>
                <td class="mono">{host.host}</td>
                {columns.map(([name, color]) => (
                  <td
                    key={name}
                    class={host[name] ? 'num strong' : 'num faint'}
                    style={host[name] && color ? { color } : {}}
                  >
                    {host[name]}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Sheet>
  )
}

const columns: [keyof Omit<HostRecap, 'host'>, color?: string][] = [
  ['ok'],
  ['changed', 'var(--wait)'],
  ['failed', 'var(--fail)'],
  ['unreachable', 'var(--dark)'],
  ['skipped'],
  ['rescued'],
  ['ignored'],
]

/** What would be changed, while a person is asked: there is no result yet, so the log's own line says it. */
export function Planned({ path, attempt, line }: { path: string; attempt: number; line: number }) {
  const page = useLive<LinePage>(`${path}/lines?attempt=${attempt}&from=${line}&count=1`)
  const text = plainText(page.data.value?.lines[0]?.output ?? '')
  if (text === '') return null
  const counts: ChangeCounts = { import: 0, add: 0, change: 0, destroy: 0 }
  for (const [, count, what] of text.matchAll(/(\d+) to (import|add|change|destroy)/g)) {
    counts[what as keyof ChangeCounts] = Number(count)
  }
  return <Changes planned={counts} applied={null} />
}

function Changes({ planned, applied }: { planned: ChangeCounts; applied: ChangeCounts | null }) {
  const shown = applied ?? planned
  return (
    <Sheet title={applied ? 'Applied' : 'Planned'} aside="resources">
      <Facts
        of={[
          ['Add', shown.add],
          ['Change', shown.change],
          ['Destroy', shown.destroy],
          ['Import', shown.import],
        ]}
      />
    </Sheet>
  )
}
