/** Dark networks of IPv6: a table of what was called, beside the map of others or alone. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { DarkView } from '../../src/services/page/api.ts'
import { DARK, DARK_PART } from '../../src/services/page/dark-in-test.ts'
import { partsInTest, STATUS } from '../../src/services/page/parts-in-test.ts'
import { StoreInTest } from '../../src/services/page/store-in-test.ts'
import {
  axeFindings,
  NO_BROWSER,
  openSite,
  rowsOf,
  type Site,
  type Visit,
  visit,
} from './browser-in-test.ts'

const SIX = ['2001:db8::/32', '2001:db8:1:2::/64']
const PLACES = {
  rows: [
    { place: '2001:db8:7::/64', sources: 1500, p2pSources: 1400, family: 'bittorrent' },
    { place: '2001:db8:1:2::9', sources: 3, p2pSources: 0 },
  ],
  ...{ total: 240, flows: 250_000, isCut: true },
}

let view: DarkView = DARK
let site: Site
let seen: Visit
const skip = NO_BROWSER

before(async () => {
  if (NO_BROWSER) return
  const { families } = partsInTest()
  site = await openSite({
    ...{ status: () => STATUS, reader: new StoreInTest(), families },
    dark: { ...DARK_PART, view: () => view, places: async () => PLACES },
  })
  seen = await visit(site.url)
})
beforeEach(async () => {
  if (NO_BROWSER) return
  await seen.page.goto('about:blank')
  seen.complaints.length = 0
})
after(async () => {
  await seen?.close()
  await site?.close()
})

test('beside a map of IPv4 stands what was called of IPv6, and its flows are a click away', {
  skip,
}, async () => {
  view = { ...DARK, networks: [...DARK.networks, ...SIX] }
  const { page, complaints } = seen
  await seen.open('#/dark')
  await page.getByText(`Called in ${SIX.join(', ')}`).waitFor()
  assert.deepEqual(await rowsOf(page, 'Called places of IPv6'), [
    '2001:db8:7::/64 | 1,400 | 1,500 | BitTorrent',
    '2001:db8:1:2::9 | 0 | 3 | –',
  ])
  await page
    .getByText('The 2 most called of 240, counted in 250,000 flows; there are more than that.')
    .waitFor()
  assert.equal(await page.getByRole('application', { name: /^Map of 198\.51\.100\.0/ }).count(), 1)
  // Of the map only networks that it can show are to be chosen.
  const choices = await page.getByLabel('Dark network').locator('option').allTextContents()
  assert.deepEqual(choices, DARK.networks)
  assert.deepEqual(await axeFindings(page), [])
  await page.getByRole('link', { name: '2001:db8:7::/64' }).click()
  assert.equal(decodeURIComponent(await seen.hash()), '#/flows?where=dst==2001:db8:7::/64')
  assert.deepEqual(complaints, [])
})

test('with dark networks of IPv6 alone there is no map', { skip }, async () => {
  view = { ...DARK, networks: SIX }
  const { page } = seen
  await seen.open('#/dark')
  await page.getByText(`Called in ${SIX.join(', ')}`).waitFor()
  assert.equal(await page.getByRole('application').count(), 0)
  assert.equal((await rowsOf(page, 'Incidents')).length > 0, true)
})
