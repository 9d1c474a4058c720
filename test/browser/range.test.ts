/** A time range is typed as well as drawn, and narrow windows hold every screen. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { START } from '../../src/services/page/store-in-test.ts'
import {
  axeFindings,
  NO_BROWSER,
  openSite,
  type Site,
  settled,
  type Visit,
  visit,
} from './browser-in-test.ts'

const skip = NO_BROWSER
let site: Site
let seen: Visit

before(async () => {
  if (NO_BROWSER) return
  site = await openSite()
  seen = await visit(`${site.url}#/flows`)
})
after(async () => {
  await seen?.close()
  await site?.close()
})

test('a range that is typed is the time range, and a wrong one is told', { skip }, async () => {
  const { page } = seen
  await settled(page)
  const range = page.getByTitle('Choose a time range')
  await range.click()
  const [from, to] = [
    page.getByLabel('From', { exact: true }),
    page.getByLabel('To', { exact: true }),
  ]
  const begin = new Date(START / 1000).toISOString().slice(0, 19)
  const next = new Date(START / 1000 + 5000).toISOString().slice(0, 19)
  await from.fill(next)
  await to.fill(begin)
  await page.getByRole('button', { name: 'Choose', exact: true }).click()
  await page.getByRole('alert').getByText('The end is not after the beginning.').waitFor()
  assert.deepEqual(await axeFindings(page), [])
  await from.fill(begin)
  await to.fill(next)
  await to.press('Enter')
  const second = Math.floor(START / 1e6) * 1e6
  await page.waitForURL(new RegExp(`from=${second}&to=${second + 5e6}`))
  await settled(page)
  // It is what stands there when it is opened again.
  await range.click()
  const said = [await from.inputValue(), await to.inputValue()]
  // A browser may leave out seconds that are none.
  assert.deepEqual(
    said.map((text) => new Date(text).getTime()),
    [begin, next].map((text) => new Date(text).getTime()),
  )
})

test('no screen is wider than a window of 360 pixels', { skip }, async () => {
  const narrow = await visit(site.url, { width: 360 })
  try {
    for (const place of [
      'now',
      'host',
      'host/10.0.0.1',
      'flows',
      'flows?open=1.1',
      'swarm',
      'act',
    ]) {
      await narrow.page.goto(`${site.url}#/${place}`)
      await settled(narrow.page)
      const wide = await narrow.page.evaluate('document.documentElement.scrollWidth - innerWidth')
      assert.ok(Number(wide) <= 0, `${place}: ${wide}`)
    }
  } finally {
    await narrow.close()
  }
})
