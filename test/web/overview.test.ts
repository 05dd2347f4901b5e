import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Task } from '../../web/api/task-records.ts'
import { durationsOf, lastDays, successOf, usually } from '../../web/views/home/figures.ts'
import { noBrowser, shoot, violations } from './browser.ts'
import { siteOf } from './site.ts'

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 29) + seconds * 1000).toISOString()
const took = (template_id: number, seconds: number, status = 'success') =>
  ({ template_id, status, start: at(0), end: at(seconds) }) as Task

test('what a template usually takes is the middle of its last successes', () => {
  const tasks = [took(1, 9), took(1, 100, 'error'), took(2, 50), took(1, 3), took(1, 4)]
  assert.deepEqual(durationsOf(tasks, 1), [4000, 3000, 9000])
  assert.deepEqual(durationsOf(tasks, 1, 2), [3000, 9000])
  assert.equal(usually([4000, 3000, 9000]), 4000)
  assert.equal(usually([]), undefined)
})

test('days on which nothing ended are days, too', () => {
  const known = { date: '2026-11-27', count_by_status: { success: 3, error: 1 }, avg_duration: 5 }
  const days = lastDays([known], new Date(at(3600)), 4)
  assert.deepEqual(
    days.map(({ date }) => date),
    ['2026-11-26', '2026-11-27', '2026-11-28', '2026-11-29'],
  )
  assert.equal(days[1], known)
  assert.deepEqual(successOf(days), { ended: 4, share: 0.75 })
  assert.deepEqual(successOf(days.slice(2)), { ended: 0, share: undefined })
})

describe('the page: overview', { skip: noBrowser }, () => {
  const files = { 'good.sh': 'echo good', 'bad.sh': 'exit 3', 'long.sh': 'read < <(sleep 600)' }
  const site = siteOf({ files, runners: 1 })

  test('empty it leads to the first steps; then it tells what happens, without a reload', async () => {
    const { page, complaints, close } = await site.open('/')
    await page.getByRole('heading', { name: 'Overview' }).waitFor()
    await page.getByText('Nothing has been run yet').waitFor()
    await page.getByRole('main').getByRole('link', { name: 'First steps' }).waitFor()

    const good = await site.world.template({ name: 'Deploy', playbook: 'good.sh' })
    for (let turn = 0; turn < 3; turn += 1) await site.world.finished(await site.world.run(good))
    const bad = await site.world.template({ name: 'Rotate certificates', playbook: 'bad.sh' })
    await site.world.finished(await site.world.run(bad))
    const failures = page.getByRole('region', { name: 'Last failures' })
    await failures.getByText('Rotate certificates').waitFor()
    const far = await site.world.template({
      name: 'Far',
      playbook: 'good.sh',
      runner_tag: 'satellite',
    })
    const waiting = await site.world.run(far)
    const long = await site.world.template({ name: 'Patch', playbook: 'long.sh' })
    const running = await site.world.run(long)
    const now = page.getByRole('region', { name: 'Now' })
    await now.getByRole('row', { name: /Far.*satellite/ }).waitFor()
    await now.getByRole('row', { name: /Patch.*Running/ }).waitFor()
    await page.getByRole('img', { name: /Tasks by day: .*3 success, 1 failed/ }).waitFor()
    assert.deepEqual(await violations(page), [])
    for (const width of [360, 768, 1280]) {
      await page.setViewportSize({ width, height: 900 })
      for (const theme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme: theme })
        assert.deepEqual(await violations(page), [], `${theme} ${width}`)
        await shoot(page, `overview-${theme}-${width}`)
      }
    }
    await site.world.stop(waiting)
    await site.world.stop(running)
    await now.waitFor({ state: 'detached' })
    await page.getByRole('img', { name: /2 stopped/ }).waitFor()
    assert.deepEqual(complaints, [])
    await close()
  })
})
