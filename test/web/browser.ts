/** Debian's Chromium against a world with the page built from this tree. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { type Browser, chromium, type Page } from 'playwright-core'

const executable = process.env.CHROMIUM ?? '/usr/bin/chromium'

/** For `skip` of a test: a reason where there is no browser, never in CI. */
export const noBrowser =
  existsSync(executable) || process.env.CI ? false : `${executable} is not installed`

const root = join(import.meta.dirname, '../..')

/**
 * As `npm run build` does. Several files of tests do so at the same time while servers start: each file of
 * the page is put there whole, and those that are there already have the same content.
 */
export async function buildPage(): Promise<void> {
  const made = join(root, `dist/web.${process.pid}`)
  await buildInto(made)
  await mkdir(join(root, 'dist/web/assets'), { recursive: true })
  const names = await readdir(made, { recursive: true, withFileTypes: true })
  const files = names
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  // The index last: whoever reads it finds what it names.
  files.sort((a, b) => Number(a.endsWith('index.html')) - Number(b.endsWith('index.html')))
  for (const file of files) await rename(file, join(root, 'dist/web', relative(made, file)))
  await rm(made, { recursive: true })
}

export async function buildInto(folder: string): Promise<void> {
  const vite = ['vite', 'build', 'web', '--logLevel', 'warn', '--outDir', folder, '--emptyOutDir']
  await promisify(execFile)('npx', vite, { cwd: root })
}

/**
 * The certificate is of a CA that the browser does not know. It must not look at it at all: a context
 * that forgives it (`ignoreHTTPSErrors`) now and then asks for one page until it gives up, with
 * ERR_TOO_MANY_RETRIES.
 */
export function openBrowser(): Promise<Browser> {
  const quiet = ['--disable-gpu', '--disable-background-networking', '--disable-sync']
  return chromium.launch({
    executablePath: executable,
    args: ['--no-sandbox', '--ignore-certificate-errors', ...quiet],
  })
}

export interface Visit {
  theme?: 'light' | 'dark'
  width?: number
}

/** A browser of its own kind: no cookies of others. What the page finds wrong is thrown by `expectQuiet`. */
export async function openPage(
  browser: Browser,
  url: string,
  { theme = 'light', width = 1280 }: Visit = {},
) {
  const context = await browser.newContext({
    baseURL: url,
    colorScheme: theme,
    viewport: { width, height: 900 },
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    // The browser itself notes each answer that is an error: those are expected and shown.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      complaints.push(message.text())
    }
  })
  return { page, complaints, close: () => context.close() }
}

export async function signIn(page: Page, login = 'admin', password = 'admin'): Promise<void> {
  await page.goto('/')
  await page.getByLabel('Login or email').fill(login)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.locator('.app').waitFor()
}

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

/** What axe finds wrong by WCAG 2.2 A and AA, and hints that no field has as its description; a line each. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(axe, 'utf8'))
  const found = (await page.evaluate(
    `axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] }).then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map(({ html, any }) => id + ': ' + html.slice(0, 160) + ' ' + (any[0]?.message ?? '')))
    )`,
  )) as string[]
  return [...found, ...(await strayHints(page))]
}

/** Within its label, a hint would be part of a field's name; beside it, nobody would hear it. */
async function strayHints(page: Page): Promise<string[]> {
  return (await page.evaluate(`[...document.querySelectorAll(':is(.field, .items) :is(.hint, .wrong)')]
    .filter((hint) => hint.textContent && (hint.closest('label') ||
      !document.querySelector('[aria-describedby~="' + hint.id + '"]')))
    .map((hint) => 'hint of no field: ' + hint.textContent)`)) as string[]
}

/** What the tests have seen, for people to look at. */
export const pictures = join(root, 'build/pictures')

export async function shoot(page: Page, name: string): Promise<void> {
  const path = join(pictures, `${name}.png`)
  await mkdir(dirname(path), { recursive: true })
  await page.screenshot({ path, animations: 'disabled' })
}
