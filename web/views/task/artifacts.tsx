import { useLive } from '../../api/live.ts'
import type { Artifact } from '../../api/task-records.ts'
import { Sheet } from '../../parts/page.tsx'
import { sizeOf } from '../../parts/size.ts'
import { may } from '../../shell/rights.ts'

interface Props {
  /** Of the task in the API. */
  path: string
  id: number
}

/** What the task brought back, as soon as it is here, and why something is not. */
export function Artifacts({ path, id }: Props) {
  const list = useLive<Artifact[]>(`${path}/artifacts`, ({ tasks }) =>
    tasks.some((one) => one.id === id),
  )
  const artifacts = list.data.value ?? []
  if (artifacts.length === 0) return null
  const whole = artifacts.filter(({ problem }) => problem === null)
  const all = whole.reduce((sum, { bytes }) => sum + bytes, 0)
  return (
    <Sheet title="Artifacts" aside={whole.length > 0 ? sizeOf(all) : undefined}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so keys must be able to reach it. */}
      <div class="wide" tabIndex={0}>
        <table>
          <thead>
            <tr>
              <th>File</th>
              <th>Size</th>
            </tr>
          </thead>
          <tbody>
            {artifacts.map((one) => (
              <Row key={one.id} artifact={one} url={`${path}/artifacts/${one.id}`} />
            ))}
          </tbody>
        </table>
      </div>
    </Sheet>
  )
}

function Row({ artifact, url }: { artifact: Artifact; url: string }) {
  const { name, bytes, problem } = artifact
  if (problem !== null) {
    return (
      <tr>
        <td class="mono break">{name}</td>
        <td class="dim">not here: {problem}</td>
      </tr>
    )
  }
  return (
    <tr>
      <td class="mono break">
        {may('run') ? (
          <a href={url} download="" class="strong">
            {name}
          </a>
        ) : (
          name
        )}
      </td>
      <td class="num" title={`${bytes} bytes`}>
        {sizeOf(bytes)}
      </td>
    </tr>
  )
}
