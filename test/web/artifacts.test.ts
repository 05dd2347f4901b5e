import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { sizeOf } from '../../web/parts/size.ts'
import { noBrowser, shoot, violations } from './browser.ts'
import { siteOf } from './site.ts'

test('a size has three digits at least where there are as many', () => {
  for (const [bytes, text] of [
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1000, '1.00 kB'],
    [12_345, '12.3 kB'],
    [123_456_789, '123 MB'],
    [1_000_000_000, '1.00 GB'],
    [5e15, '5000 TB'],
  ] as const) {
    assert.equal(sizeOf(bytes), text)
  }
})

const files = {
  'make.sh': `mkdir -p out
printf 'a\\0b' > 'out/<b>&"quoted".bin'
head -c 3456 /dev/zero > out/zero
ln -sf /etc/hostname out/link
`,
}

describe('the page: artifacts', { skip: noBrowser }, () => {
  const site = siteOf({ files, runners: 1 })

  test('a template asks for files, its task shows and hands them out', async () => {
    const template = await site.world.template({ name: 'Make', playbook: 'make.sh' })
    const { page, complaints, close } = await site.open(site.at(`templates/${template}`))
    await page.getByText('Artifacts', { exact: true }).click()
    await page.getByLabel('Files and folders').fill('out\nmissing/*.xml')
    assert.deepEqual(await violations(page), [])
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await page.getByRole('heading', { name: 'Templates' }).waitFor()

    const task = await site.world.run(template)
    await page.goto(site.at(`tasks/${task}`))
    const list = page.getByRole('region', { name: 'Artifacts' })
    await list.getByRole('cell', { name: '3.46 kB' }).waitFor()
    const row = (name: string) => list.getByRole('row').filter({ hasText: name })
    await row('out/link').getByText('links are not followed').waitFor()
    assert.equal(await row('out/link').getByRole('link').count(), 0)
    await row('missing/*.xml').getByText('no file matches').waitFor()
    const name = '<b>&"quoted".bin'
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      row(name).getByRole('link').click(),
    ])
    assert.equal(await readFile(await download.path(), 'utf8'), 'a\0b')
    assert.match(page.url(), new RegExp(`/tasks/${task}$`))
    assert.deepEqual(await violations(page), [])
    await shoot(page, 'artifacts-1280')
    assert.deepEqual(complaints, [])
    await close()
  })
})
