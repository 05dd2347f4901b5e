/** What one can do with a log: fold, wrap, link, search, keep; and what a log cannot do. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { recordedPath, unlessThere } from '../runner/job/apps/recorded.ts'
import { noBrowser, shoot, violations } from './browser.ts'
import { siteOf } from './site.ts'

const playbook = `
- name: Telemetry
  hosts: all
  gather_facts: false
  tasks:
    - name: install package
      command: echo {{ item }}
      loop: [one, two, three]
    - name: check it
      debug: msg=ok
- name: Second
  hosts: all
  gather_facts: false
  tasks:
    - name: end
      debug: msg=ok
`
const long = 'x'.repeat(700)
const files = {
  'site.yml': playbook,
  'infra/main.tf': 'resource "terraform_data" "one" {}\nresource "terraform_data" "two" {}\n',
  'wide.sh': `for i in $(seq 1 400); do echo "before $i"; done; echo ${long} the end of it; echo after`,
  'hostile.sh': `printf '<img src=x onerror="document.title=1"><svg onload=document.title=3><script>document.title=2</script>\\n'
printf '\\033]0;title\\007\\033]8;;javascript:alert(1)\\033\\\\link\\033]8;;\\033\\\\\\n'
printf '\\033]52;c;aGk=\\007clipboard\\033P1;2|dcs\\033\\\\\\033_apc\\033\\\\\\033^pm\\033\\\\\\n'
printf 'a\\342\\200\\256gpj.exe\\342\\201\\246x\\342\\201\\251\\n'
printf '\\033[38;2;1;2;3;url(x)mred\\033[48;5;999mx\\033[1;1Hover\\n'
printf 'PLAY [<b>no play</b>\\033]0;x\\007] ***\\n'
printf '\\033[2J\\033[999;999Hcleared\\n'`,
}

describe('the page: logs', { skip: noBrowser }, () => {
  const settings = unlessThere('terraform') ? { env_vars: { PATH: recordedPath } } : {}
  const site = siteOf({ files, settings, runners: 1 })

  const open = async (task: number, visit = {}, hash = '') => {
    const opened = await site.open(site.at(`tasks/${task}${hash}`), visit)
    return { ...opened, log: opened.page.getByRole('log') }
  }
  const ansible = async () => {
    const inventory = 'gw-07a ansible_connection=local\ngw-07b ansible_connection=local'
    const columns = { name: 'Hosts', type: 'static', inventory, ssh_key_id: site.world.project.key }
    const inventory_id = await site.world.create('inventory', columns)
    return site.world.template({ name: 'Site', app: 'ansible', playbook: 'site.yml', inventory_id })
  }

  test('a playbook is folded by its plays and tasks; a link opens what it needs', async () => {
    const task = await site.world.run(await ansible())
    assert.equal((await site.world.finished(task)).status, 'success')
    const { page, log, complaints, close } = await open(task)
    const parts = log.locator('.begins .text')
    await log.getByText('PLAY [Second]').waitFor()
    await page.getByRole('button', { name: 'Fold all' }).click()
    await log.getByText('TASK [install package]').waitFor({ state: 'detached' })
    const play = log.locator('.begins', { hasText: 'PLAY [Telemetry]' })
    assert.match((await play.locator('.aside').textContent()) ?? '', /^\d+ lines( · |$)/)
    await shoot(page, 'log-folded-1280')
    await play.getByRole('button', { expanded: false }).press('Enter')
    const first = log.locator('.begins', { hasText: 'TASK [install package]' })
    await first.getByRole('button', { expanded: false }).waitFor()
    assert.equal(await log.getByText('(item=two)').count(), 0)
    await page.getByRole('searchbox').fill('item=two')
    await page.getByRole('searchbox').press('Enter')
    await log.getByText('(item=two)').first().waitFor()
    await page.getByRole('button', { name: 'Unfold all' }).click()
    assert.deepEqual(
      (await parts.allTextContents()).map((text) => /^\w+( \[.*\]| RECAP)?/.exec(text)?.[0]),
      [
        ...['PLAY [Telemetry]', 'TASK [install package]'],
        ...['TASK [check it]', 'PLAY [Second]', 'TASK [end]', 'PLAY RECAP'],
      ],
    )
    const { hash } = new URL(page.url())
    assert.match(hash, /^#L\d+$/)
    await close()
    const other = await open(task, {}, hash)
    await other.log.locator('.hot', { hasText: '(item=two)' }).first().waitFor()
    for (const host of ['gw-07a', 'gw-07b'])
      await other.page.getByRole('row', { name: host }).waitFor()
    await other.page.locator('.legend', { hasText: /Waited.*Playbook/ }).waitFor()
    assert.deepEqual(complaints, [])
    await other.close()
  })

  test('a plan: its phases, what it would change, a yes by its name', async () => {
    const template = await site.world.template({
      app: 'terraform',
      playbook: 'infra',
      name: 'Infra',
    })
    const task = await site.world.run(template)
    const { page, log, close } = await open(task)
    await page.locator('.top .state', { hasText: 'Confirm' }).waitFor()
    await page.getByRole('region', { name: 'Planned' }).getByText('Destroy').waitFor()
    await page.locator('.legend', { hasText: 'Confirmation' }).waitFor()
    assert.deepEqual(await violations(page), [])
    await shoot(page, 'task-plan-1280')
    await page.getByRole('button', { name: 'Confirm' }).click()
    await page.locator('.top .state', { hasText: 'Success' }).waitFor()
    await page.getByRole('region', { name: 'Applied' }).waitFor()
    await page.locator('.legend', { hasText: 'Apply' }).waitFor()
    await log.locator('.begins', { hasText: 'Confirmed' }).waitFor()
    await shoot(page, 'task-applied-1280')
    await close()
  })

  test('long lines are wrapped, what one looks at stays where it is, and the browser remembers', async () => {
    const task = await site.world.script('wide.sh')
    await site.world.finished(task)
    const { page, log, close } = await open(task)
    await log.getByText('the end of it').waitFor()
    assert.ok(await log.evaluate((box) => box.scrollWidth > box.clientWidth))
    await page.getByRole('button', { name: 'Wrap' }).click()
    const wide = log.locator('.line', { hasText: 'the end of it' })
    await page.waitForFunction(`document.querySelector('[role=log]').scrollWidth < 1280`)
    assert.ok(((await wide.boundingBox())?.height ?? 0) >= 100)
    await log.getByText('after', { exact: true }).waitFor()
    assert.ok(await log.evaluate((box) => box.scrollTop + box.clientHeight > box.scrollHeight - 2))
    await shoot(page, 'log-wrapped-1280')
    await page.reload()
    await page.getByRole('button', { name: 'Wrap', pressed: true }).waitFor()
    await log.getByText('after', { exact: true }).waitFor()
    assert.ok(((await wide.boundingBox())?.height ?? 0) >= 100)
    await close()
  })

  test('the raw log is kept as a file, as it was', async () => {
    const task = await site.world.script('hostile.sh')
    await site.world.finished(task)
    const { page, close } = await open(task)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Raw' }).click(),
    ])
    const parts: Buffer[] = []
    for await (const part of await download.createReadStream()) parts.push(part as Buffer)
    assert.equal(Buffer.concat(parts).toString(), await site.world.log(task))
    assert.equal(download.suggestedFilename(), `task-${task}-attempt-1.log`)
    await close()
  })

  test('a hostile log can do nothing', async () => {
    const task = await site.world.script('hostile.sh')
    const { page, log, complaints, close } = await open(task)
    await page.locator('.top .state', { hasText: 'Success' }).waitFor()
    await log.getByText('cleared').waitFor()
    await log.locator('.begins', { hasText: 'no play' }).waitFor()
    for (const wrapped of [false, true]) {
      if (wrapped) await page.getByRole('button', { name: 'Wrap' }).click()
      const text = (await log.textContent()) ?? ''
      assert.ok(text.includes('<img src=x onerror="document.title=1"><svg onload'))
      assert.ok(text.includes('a⟨U+202E⟩gpj.exe⟨U+2066⟩x⟨U+2069⟩'))
      assert.ok(text.includes('PLAY [<b>no play</b>] ***'))
      assert.doesNotMatch(text, /title\x07|javascript:|aGk=|dcs|apc|\x1b/)
      assert.equal(await log.locator('img, script, b, svg').count(), 0)
      assert.deepEqual(await log.locator('.text a').count(), 0, 'a log has no links')
    }
    const styles = await log
      .locator('.text [style]')
      .evaluateAll((all) => all.map((one) => one.getAttribute('style')))
    for (const style of styles)
      assert.match(style ?? '', /^((background-)?color: rgb\([\d ,]+\);? ?)*$/)
    assert.match(await page.title(), /Success/)
    assert.deepEqual(complaints, [])
    await close()
  })

  for (const theme of ['light', 'dark'] as const) {
    test(`a log with parts is accessible, ${theme}, at each width`, async () => {
      for (const width of [360, 768, 1280]) {
        const { page, log, close } = await open(1, { theme, width })
        await log.locator('.begins', { hasText: 'PLAY [Second]' }).waitFor()
        await log.getByText('PLAY RECAP').waitFor()
        await page.getByRole('button', { name: 'Times' }).click()
        assert.deepEqual(await violations(page), [], `${theme} ${width}`)
        assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width)
        await shoot(page, `log-${theme}-${width}`)
        await close()
      }
    })
  }
})
