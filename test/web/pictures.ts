/**
 * `npm run pictures`: the pictures of docs/web.md, of a small world in which something goes on. A picture
 * is never edited: whoever changes a view makes them anew.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { CleanupStack } from '../../lib/stack.ts'
import { openSqlite } from '../../server/store/open.ts'
import { openWorld, type World } from '../kit/world.ts'
import { buildPage, openBrowser, openPage, signIn, type Visit } from './browser.ts'

const folder = join(import.meta.dirname, '../../docs/pictures')

const files = {
  'telemetry.yml': `
- name: Telemetry
  hosts: all
  gather_facts: false
  tasks:
    - name: install package
      command: echo {{ item }}
      loop: [telemetry-agent, ca-certificates]
    - name: render configuration
      debug: msg="mqtt.plant.example"
    - name: restart service
      command: 'true'
`,
  'core/main.tf': [1, 2, 3].map((n) => `resource "terraform_data" "switch_${n}" {}\n`).join(''),
  'patch.sh': 'echo Patching; read < <(sleep 600)',
  'certificates.sh': 'echo "no answer from ca.plant.example" >&2; exit 4',
}
const names = ['pump-station-07', 'plant-dmz-1', 'store-0413']

await using stack = new CleanupStack()
await buildPage()
const world = stack.use(
  await openWorld({ files, runners: names.length, runner: { max_parallel_tasks: 4 } }),
)
const browser = await openBrowser()
stack.defer(() => browser.close())
await mkdir(folder, { recursive: true })
const tasks = await play(world)
const project = `/project/${world.project.id}`
const pages: [name: string, address: string, ready: string, visit: Visit][] = [
  ['overview', '/', 'Rotate certificates', {}],
  ['task', `${project}/tasks/${tasks.ansible}`, 'PLAY RECAP', { theme: 'dark' }],
  ['plan', `${project}/tasks/${tasks.plan}`, 'Planned', {}],
  ['runners', '/runners', 'plant-dmz-1', {}],
  ['phone', `${project}/tasks/${tasks.ansible}`, 'PLAY RECAP', { width: 390 }],
]
for (const [name, address, ready, visit] of pages) {
  const { page, close } = await openPage(browser, world.url, visit)
  await signIn(page)
  await page.goto(address)
  await page.getByText(ready).first().waitFor()
  await page.evaluate('document.fonts.ready')
  await writeFile(join(folder, `${name}.webp`), await webp(browser, await shot(page)))
  await close()
}

/** What happened before anybody looks, and what goes on meanwhile. */
async function play({ api, project, runners, dataDir, ...world }: World) {
  await api.put(project.path, { id: project.id, name: 'Network' })
  for (const [index, { id }] of runners.entries()) {
    const tags = index === 0 ? ['lte', 'site-n'] : []
    await api.put(`/api/runners/${id}`, { name: names[index], tags, is_default: true })
  }
  const hosts = 'gw-07a ansible_connection=local\ngw-07b ansible_connection=local\n'
  const inventory_id = await world.create('inventory', {
    ...{ name: 'Gateways', type: 'static', inventory: hosts, ssh_key_id: project.key },
  })
  const deploy = await world.template({
    ...{ name: 'Deploy telemetry', app: 'ansible', playbook: 'telemetry.yml', inventory_id },
  })
  await remember(join(dataDir, 'database.sqlite'), { project_id: project.id, template_id: deploy })
  const ansible = await world.run(deploy, { message: 'weekly' })
  await world.finished(ansible)
  const rotate = await world.template({ name: 'Rotate certificates', playbook: 'certificates.sh' })
  await world.finished(await world.run(rotate))
  const core = { name: 'Plan core network', app: 'terraform', playbook: 'core' }
  const plan = await world.run(await world.template(core))
  await world.until(plan, ({ status }) => status === 'waiting_confirmation')
  const patch = await world.run(await world.template({ name: 'Patch tills', playbook: 'patch.sh' }))
  await world.until(patch, ({ status }) => status === 'running')
  const far = { name: 'Read meters', playbook: 'patch.sh', runner_tag: 'satellite' }
  await world.run(await world.template(far))
  return { ansible, plan }
}

/** Tasks of the last days: some each day, a few of them not well. */
async function remember(database: string, columns: object): Promise<void> {
  const store = await openSqlite(database)
  try {
    await store.commit(async ({ db }) => {
      for (let n = 0; n < 90; n += 1) {
        const end = Date.now() - 3_600_000 * (320 - 3.5 * n)
        const start = end - 1000 * (150 + 40 * Math.sin(n / 2) + (n % 7) * 5)
        const status = n % 17 === 5 ? 'error' : n % 29 === 8 ? 'stopped' : 'success'
        const reason = status === 'error' ? 'exited with code 2' : null
        await db('tasks').insert({ ...columns, created: start - 900, start, end, status, reason })
      }
    })
  } finally {
    await store.close()
  }
}

function shot(page: Page): Promise<Buffer> {
  return page.screenshot({ animations: 'disabled' })
}

/** A third of the size of a PNG; the browser has what it takes. */
async function webp(browser: Browser, png: Buffer): Promise<Buffer> {
  const page = await browser.newPage()
  const text = await page.evaluate(`(async () => {
    const image = new Image()
    image.src = 'data:image/png;base64,${png.toString('base64')}'
    await image.decode()
    const canvas = document.createElement('canvas')
    canvas.width = image.width
    canvas.height = image.height
    canvas.getContext('2d').drawImage(image, 0, 0)
    return canvas.toDataURL('image/webp', 0.86)
  })()`)
  await page.close()
  return Buffer.from(String(text).split(',')[1] as string, 'base64')
}
