import { useSignal } from '@preact/signals'
import { useLive } from '../../api/live.ts'
import type { Runner } from '../../api/records.ts'
import { Await, Empty } from '../../parts/await.tsx'
import { Button } from '../../parts/button.tsx'
import { Facts, Page, Sheet } from '../../parts/page.tsx'
import { AddRunner } from './add-runner.tsx'
import { RunnerTable } from './table.tsx'

export default function Runners() {
  const runners = useLive<Runner[]>('/api/runners', ({ runners }) => runners.length > 0)
  const adding = useSignal(false)
  const add = () => {
    adding.value = true
  }
  return (
    <Page
      title="Runners"
      tab="Runners"
      crumb="All projects"
      actions={
        <Button kind="first" onClick={add}>
          Add runner
        </Button>
      }
    >
      <Await of={runners}>
        {(all) =>
          all.length === 0 ? (
            <Sheet>
              <Empty title="No runners yet">
                <p>
                  A runner is the program that does the work, on a machine that can reach this
                  server. It only connects out.
                </p>
                <Button kind="first" onClick={add}>
                  Add runner
                </Button>
              </Empty>
            </Sheet>
          ) : (
            <>
              <Sheet>
                <Facts of={factsOf(all)} />
              </Sheet>
              <Sheet>
                <RunnerTable runners={all} again={runners.again} />
              </Sheet>
            </>
          )
        }
      </Await>
      {adding.value && (
        <AddRunner
          runners={runners}
          onClose={() => {
            adding.value = false
          }}
        />
      )}
    </Page>
  )
}

function factsOf(all: Runner[]): [string, number, string?][] {
  const online = all.filter(({ status }) => status === 'online')
  const taking = online.filter(({ active }) => active)
  const alarms = all.filter(({ alarms }) => alarms.length > 0)
  return [
    ['Online', online.length, `of ${all.length}`],
    ['Taking tasks', taking.length],
    ['Never seen', all.filter(({ touched }) => touched === null).length],
    ['With alarms', alarms.length],
  ]
}
