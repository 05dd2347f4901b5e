/**
 * What holds for every view that there is: accessible in both themes, nothing wider than the window. A
 * picture of each is kept, at each width.
 */
import assert from 'node:assert/strict'
import { open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import type { World } from '../kit/world.ts'
import { noBrowser, pictures, shoot, signIn, violations } from './browser.ts'
import { writeGallery } from './gallery.ts'
import { patterns, siteOf } from './site.ts'

const files = { 'hello.sh': 'echo Hello', 'refuse.sh': 'echo "no space left" >&2; exit 4' }
const themes = ['light', 'dark'] as const
const widths = [360, 768, 1280]

describe('the page: every view', { skip: noBrowser }, () => {
  const began = Date.now()
  const site = siteOf({ files, runners: 1 }, fill)

  for (const theme of themes) {
    test(`is accessible and fits, ${theme}, at each width`, async () => {
      const { page, complaints, close } = await site.visit({ theme })
      const look = async (name: string) => {
        for (const width of widths) {
          await page.setViewportSize({ width, height: 900 })
          const where = `${name} ${theme} ${width}`
          assert.deepEqual(await violations(page), [], where)
          assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width, where)
          await makeRoom(page, width)
          await shoot(page, `views/${name}-${theme}-${width}`)
        }
      }
      await page.goto('/')
      await page.getByLabel('Password').waitFor()
      await look('sign-in')
      await signIn(page)
      for (const pattern of patterns) {
        await page.goto(site.addressOf(pattern))
        await settled(page)
        assert.deepEqual(await page.getByRole('alert').allTextContents(), [], pattern)
        await look(nameOf(pattern))
      }
      assert.deepEqual(complaints, [])
      await close()
    })
  }

  test('has its pictures, in both themes and at each width, all of this run', async () => {
    const names = ['sign-in', ...patterns.map(nameOf)]
    assert.equal(new Set(names).size, names.length, 'two views with the same picture')
    for (const name of names) {
      for (const theme of themes) {
        for (const width of widths) {
          const path = join(pictures, `views/${name}-${theme}-${width}.png`)
          assert.ok((await stat(path)).mtimeMs >= began, `${path} is of an older run`)
          assert.equal(await widthOf(path), width, path)
        }
      }
    }
    await writeGallery(join(pictures, 'views'))
  })
})

/** `home`, `users`, `project-tasks`, `project-tasks-task`. */
function nameOf(pattern: string): string {
  return pattern.replace(':project/', '').match(/\w+/g)?.join('-') ?? 'home'
}

/** Something of each kind, and two tasks. */
async function fill({ create, api, project, template, ...world }: World): Promise<void> {
  const hello = await template({ name: 'Say hello', playbook: 'hello.sh' })
  await world.finished(await world.run(hello, { message: 'nightly' }))
  const refuse = await template({ name: 'Fill the disk', playbook: 'refuse.sh' })
  await world.finished(await world.run(refuse))
  await world.run(await template({ name: 'Read meters', playbook: 'hello.sh', runner_tag: 'far' }))
  await create('schedules', { name: 'Nightly', template_id: hello, cron_format: '30 2 * * *' })
  const hosts = { type: 'static', inventory: '[pumps]\npump-07', ssh_key_id: project.key }
  await create('inventory', { name: 'Pumps', ...hosts })
  await create('environment', { name: 'Plant', json: '{"site": "north"}', env: '{}' })
  await create('integrations', { name: 'Pushes', template_id: hello })
  await create('webhooks', { name: 'Pager', url: 'https://pager.example/x' })
  await create('views', { title: 'Maintenance', position: 0 })
  const [runner] = world.runners
  await api.put(`/api/runners/${runner?.id}`, { name: 'pump-station-07', tags: ['lte', 'north'] })
}

/** Nothing is on its way any more. */
async function settled(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor()
  await page.locator('.skeleton').first().waitFor({ state: 'detached' })
}

/** The window as high as the page is, so that all of it is in the picture. */
async function makeRoom(page: Page, width: number): Promise<void> {
  const height = Number(await page.evaluate('document.documentElement.scrollHeight'))
  if (height > 900) await page.setViewportSize({ width, height })
}

/** Of a PNG, as its header says it. */
async function widthOf(path: string): Promise<number> {
  const file = await open(path)
  try {
    const { buffer } = await file.read(Buffer.alloc(24), 0, 24, 0)
    return buffer.readUInt32BE(16)
  } finally {
    await file.close()
  }
}
