/** A log that comes faster than anybody reads: the page keeps up, stays small, and answers meanwhile. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { noBrowser } from './browser.ts'
import { siteOf } from './site.ts'

const rate = 50_000
const seconds = 20
/** So many lines, in their time and not faster; a machine that is slower prints them when it can. */
const flood = `
text='of a log that is no longer than others, and no shorter'
begun=$(date +%s%N)
for second in $(seq 1 ${seconds}); do
  seq -f "line %.0f $text" $(((second - 1) * ${rate} + 1)) $((second * ${rate}))
  left=$((begun + second * 1000000000 - $(date +%s%N)))
  [ $left -gt 0 ] && sleep $(printf '0.%09d' $((left < 1000000000 ? left : 999999999)))
done
echo the end of all`
/** What is in sight, and a screen more: whatever the length of the log. */
const mostRows = 120
const mostHeap = 100_000_000

describe('the page: a flood of lines', { skip: noBrowser }, () => {
  const site = siteOf({ files: { 'flood.sh': flood }, runners: 1 })
  let task: number

  const look = async () => {
    const opened = await site.open(site.at(`tasks/${task}`))
    return { ...opened, log: opened.page.getByRole('log') }
  }

  test(`two browsers see ${rate.toLocaleString('en')} lines a second, up to the last, and answer meanwhile`, async (t) => {
    task = await site.world.script('flood.sh')
    const [one, two] = await Promise.all([look(), look()])
    await watch(one.page)
    await one.log
      .getByText(/^line \d+ of/)
      .first()
      .waitFor()
    // Each of these is a click in the middle of the flood, and what it does is seen.
    const times = one.page.getByRole('button', { name: 'Times' })
    let answers = 0
    while (await one.page.getByRole('button', { name: 'Stop', exact: true }).isVisible()) {
      await times.click()
      await one.page.locator(`[aria-pressed=${answers % 2 === 0}]`, { hasText: 'Times' }).waitFor()
      answers += 1
    }
    for (const { page, log } of [one, two]) {
      await page.locator('.top .state', { hasText: 'Success' }).waitFor({ timeout: 120_000 })
      await log.getByText('the end of all').waitFor()
      await drawn(page)
    }
    assert.ok(answers > 3, `${answers} clicks were answered`)
    const { rows, share, longest } = await watched(one.page)
    t.diagnostic(`${Math.round(100 * share)} % in long tasks, ${answers} clicks, ${rows} rows`)
    assert.ok(rows <= mostRows, `${rows} rows were drawn at once`)
    assert.ok(
      share < 0.5,
      `${Math.round(100 * share)} % of the time was in long tasks (${longest} ms)`,
    )
    assert.ok((await heap(one.page)) < mostHeap)
    const seen = await Promise.all(
      [one, two].map(({ log }) => log.locator('.text').allTextContents()),
    )
    assert.deepEqual(seen[0], seen[1])
    for (const { complaints, close } of [one, two]) {
      assert.deepEqual(complaints, [])
      await close()
    }
  })

  test('of a million lines the end is there, and each other where one looks', async () => {
    const { page, log, close } = await look()
    await log.getByText('the end of all').waitFor()
    const lines = `${site.world.project.path}/tasks/${task}/lines`
    assert.ok((await site.world.api.get(`${lines}?count=0`)).json().total > rate * seconds)
    const rowsNow = () => log.locator('.line').count()
    assert.ok((await rowsNow()) <= mostRows)
    await log.focus()
    await page.keyboard.press('Home')
    await log.getByText(/^line 1 of/).waitFor()
    await log.evaluate((box) => box.scrollTo({ top: box.scrollHeight / 2 }))
    const middle = new RegExp(`^line ${(rate * seconds) / 2} of`)
    await log.getByText(middle).waitFor()
    // Those beside it may be of another page of lines, which comes by itself.
    await log.getByText('…', { exact: true }).first().waitFor({ state: 'detached' })
    // The number beside a line is its own, wherever one looks.
    const head: { output: string }[] = (await site.world.api.get(`${lines}?count=50`)).json().lines
    const before = head.findIndex(({ output }) => output.startsWith('line 1 '))
    for (const text of await log.locator('.line').allTextContents()) {
      const [, number, line] = /^(\d+)line (\d+) of/.exec(text) ?? []
      assert.equal(Number(number), Number(line) + before, text)
    }
    for (let turn = 0; turn < 60; turn += 1) await page.mouse.wheel(0, 5000)
    await page.keyboard.press('End')
    await log.getByText('the end of all').waitFor()
    assert.ok((await rowsNow()) <= mostRows)
    assert.ok((await heap(page)) < mostHeap)
    await close()
  })
})

/** That it was scrolled to its end is told in the next frame: only then the rows are those of the end. */
function drawn(page: Page): Promise<unknown> {
  return page.evaluate(
    'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))',
  )
}

/** Counts from now on: rows at once, and time in tasks of more than 50 ms. */
async function watch(page: Page): Promise<void> {
  await page.evaluate(`
    window.watched = { rows: 0, long: 0, longest: 0, begun: performance.now() }
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) {
        watched.long += duration
        watched.longest = Math.max(watched.longest, duration)
      }
    }).observe({ type: 'longtask' })
    const count = () => {
      watched.rows = Math.max(watched.rows, document.querySelectorAll('.log .line').length)
      requestAnimationFrame(count)
    }
    count()`)
}

async function watched(page: Page) {
  return (await page.evaluate(
    `({ ...watched, share: watched.long / (performance.now() - watched.begun) })`,
  )) as { rows: number; share: number; longest: number }
}

/** What is left after the garbage is gone, bytes. */
async function heap(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.collectGarbage')
  return (await session.send('Runtime.getHeapUsage')).usedSize
}
