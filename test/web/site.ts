/** The page of this tree on a server of its own, and a browser before it. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before } from 'node:test'
import type { Browser, Locator, Page } from 'playwright-core'
import type { Body } from '../kit/http.ts'
import { openWorld, type World, type WorldOptions } from '../kit/world.ts'
import { buildPage, openBrowser, openPage, signIn, type Visit } from './browser.ts'

const views = readFileSync(join(import.meta.dirname, '../../web/views/index.ts'), 'utf8')
/** The addresses of all views that there are. */
export const patterns = [...views.matchAll(/pattern: '(.+)'/g)].map(([, one]) => one as string)
assert.equal(
  patterns.length,
  views.match(/load: \(\) => import/g)?.length,
  'a view whose address is not seen',
)

export interface Site {
  readonly world: World
  /** A browser of its own kind, in which nobody has signed in. */
  visit(visit?: Visit): ReturnType<typeof openPage>
  /** The same with the administrator, or `who`, whose password is the login, at that address. */
  open(address: string, visit?: Visit & { who?: string }): ReturnType<typeof openPage>
  /** The address of what the project has, such as `keys`. */
  at(kind: string): string
  /** Of one view: whatever it names is the first of its kind. */
  addressOf(pattern: string): string
  /** What the project has of that kind, by the API. */
  list(kind: string): Promise<Body[]>
}

/** For the tests of the `describe` that calls it: there before the first of them, gone after the last. */
export function siteOf(options: Partial<WorldOptions> = {}, prepare?: (world: World) => unknown) {
  let world: World
  let browser: Browser
  before(async () => {
    await buildPage()
    const opened = openWorld({ files: {}, runners: 0, ...options })
    ;[world, browser] = await Promise.all([opened, openBrowser()])
    await prepare?.(world)
  })
  after(async () => {
    await browser?.close()
    await world?.close()
  })
  const site: Site = {
    get world() {
      return world
    },
    visit: (visit) => openPage(browser, world.url, visit),
    async open(address, { who = 'admin', ...visit } = {}) {
      const opened = await site.visit(visit)
      await signIn(opened.page, who, who)
      if (address !== '/') await opened.page.goto(address)
      return opened
    },
    at: (kind) => `/project/${world.project.id}/${kind}`,
    addressOf: (pattern) =>
      pattern.replace(':project', String(world.project.id)).replace(/:\w+/g, '1'),
    list: async (kind) => (await world.api.get(`${world.project.path}/${kind}`)).json(),
  }
  return site
}

export const press = (page: Page, name: string) =>
  page.getByRole('button', { name, exact: true }).click()

/**
 * The page moves the focus a frame after what it drew. Whoever types before that types elsewhere: a text is
 * filled in where the focus is by then.
 */
export const focused = (what: Locator) => what.and(what.page().locator(':focus')).waitFor()
