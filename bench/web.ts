/**
 * The web page in Chromium: its first view, and a log of a million lines opened at its end. Compressed
 * sizes come from what the server sends.
 */
import { join } from 'node:path'
import { CleanupStack } from '../lib/stack.ts'
import { readPages } from '../server/http/pages.ts'
import { Program } from '../test/kit/program.ts'
import { openWorld } from '../test/kit/world.ts'
import { buildInto, openBrowser, openPage, signIn } from '../test/web/browser.ts'
import { type Benchmark, row } from './benchmark.ts'
import { compile } from './compile.ts'

const lines = 1_000_000
const script = `seq -f 'line %.0f of a log that is no longer than others, and no shorter' ${lines}\necho the end`

export const benchmark: Benchmark = async ({ runs = 10 } = {}) => {
  await using stack = new CleanupStack()
  const compiled = stack.use(await compile())
  Program.entry = [join(compiled.folder, 'cli.js')]
  const built = join(compiled.folder, 'web')
  await buildInto(built)
  const world = stack.use(await openWorld({ files: { 'lines.sh': script } }))
  const browser = await openBrowser()
  stack.defer(() => browser.close())
  const task = await world.script('lines.sh')
  await world.finished(task)

  const first: number[] = []
  const log: number[] = []
  for (let turn = -1; turn < runs; turn += 1) {
    const { page, close } = await openPage(browser, world.url)
    try {
      // Nothing is in its cache, and who signs in is not what is measured.
      const begun = performance.now()
      await page.goto('/')
      await page.getByRole('heading', { name: 'Sign in' }).waitFor()
      const shown = performance.now() - begun
      await signIn(page)
      const asked = performance.now()
      await page.goto(`/project/${world.project.id}/tasks/${task}`)
      await page.getByRole('log').getByText('the end').waitFor()
      if (turn < 0) continue
      first.push(shown)
      log.push(performance.now() - asked)
    } finally {
      await close()
    }
  }
  const [view, end] = [row('first view', first), row('end of the log', log)]
  const { download, all } = sizes(built)
  return {
    title: `the web page: its first view with nothing cached, a log of ${lines.toLocaleString('en')} lines at its end`,
    unit: 'ms',
    rows: [view, end],
    notes: [`first download: ${download} kB compressed, fonts apart; all views: ${all} kB`],
    aims: [
      ...[view, end].map(({ name, p50: got }) => ({ name, got, atMost: 1_000, unit: 'ms' })),
      { name: 'first download', got: download, atMost: 100, unit: 'kB' },
    ],
  }
}

/** What a browser fetches before the first view, and for all views, without fonts, as it travels, kB. */
function sizes(folder: string): { download: number; all: number } {
  const files = [...readPages(folder)].filter(([path]) => !path.endsWith('.woff2'))
  const kB = (paths: typeof files) =>
    Math.round(paths.reduce((sum, [, { gzip }]) => sum + (gzip?.length ?? 0), 0) / 1000)
  const index = files.find(([path]) => path === '/index.html')?.[1].plain.toString() ?? ''
  const named = files.filter(([path]) => path === '/index.html' || index.includes(path))
  return { download: kB(named), all: kB(files) }
}
