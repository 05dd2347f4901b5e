import type { ChangeCounts, HostRecap, Summary } from '../../api/records.ts'
import { Facts, Sheet } from '../../parts/page.tsx'

/** What the tool itself counted. */
export function SummaryOf({ summary }: { summary: Summary }) {
  if (summary.kind === 'terraform')
    return <Changes planned={summary.planned} applied={summary.applied} />
  const { hosts, total } = summary
  const rest = total.hosts - hosts.length
  return (
    <Sheet title="Hosts" aside={rest > 0 ? `and ${rest} more, without failures` : undefined}>
      <div class="wide">
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
