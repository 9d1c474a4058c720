/** Every screen, light and dark, is examined by axe: no finding is accepted. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { DARK_PART } from '../../src/services/page/dark-in-test.ts'
import { CONTENT, DARK_TARGET, START } from '../../src/services/page/store-in-test.ts'
import { WALL_PART } from '../../src/services/page/wall-in-test.ts'
import {
  axeFindings,
  NO_BROWSER,
  openSite,
  type Site,
  type Visit,
  visit,
} from './browser-in-test.ts'

/** Ten flows are as good as a hundred for axe, which looks at each cell. */
const SHORT = `from=${START}&to=${START + 10_000_000}`

const SCREENS: Readonly<Record<string, string>> = {
  now: '#/now',
  'now with all traffic': '#/now?all=1',
  hosts: '#/host',
  'one host': '#/host/10.0.0.1',
  'a host that nobody knows': '#/host/192.0.2.99',
  flows: `#/flows?${SHORT}`,
  'a flow with messages': `#/flows?${SHORT}&open=1.1&frame=4`,
  'an expression that is wrong': '#/flows?where=family%3D%3D',
  'no flow': '#/flows?where=family%3D%3Dnothing',
  swarms: '#/swarm',
  'one swarm': `#/swarm/${encodeURIComponent(CONTENT)}`,
  'dark space': '#/dark',
  'a cell of it': '#/dark?cell=198.51.100.1%2F32&all=1',
  'another definition': '#/dark?sources=50&hours=3',
  'a smaller network': '#/dark?net=203.0.113.0%2F26',
  'what may be led back': '#/backtrack',
  'one address led back': `#/backtrack/${encodeURIComponent(DARK_TARGET)}`,
  'nothing that can be led back': '#/backtrack/nonsense',
  'a wall': '#/act',
}

for (const theme of ['light', 'dark'] as const) {
  let site: Site
  let seen: Visit
  before(async () => {
    if (NO_BROWSER) return
    site = await openSite({ wall: WALL_PART, dark: DARK_PART })
    seen = await visit(site.url, { theme })
  })
  after(async () => {
    await seen?.close()
    await site?.close()
  })

  for (const [name, hash] of Object.entries(SCREENS)) {
    test(`${name}, ${theme}`, { skip: NO_BROWSER }, async () => {
      await seen.open(hash)
      assert.deepEqual(await axeFindings(seen.page), [])
    })
  }

  test(`help, search, menus and tables of charts, ${theme}`, { skip: NO_BROWSER }, async () => {
    const { page } = seen
    await seen.open('#/host/10.0.0.1')
    for (const twin of await page.getByText('Chart as a table').all()) await twin.click()
    await page.getByRole('button', { name: 'Export' }).click()
    assert.deepEqual(await axeFindings(page), [])
    await page.keyboard.press('Escape')
    await page.getByRole('combobox', { name: /Search/ }).fill('10.0.0.1')
    await page.getByRole('option').first().waitFor()
    assert.deepEqual(await axeFindings(page), [])
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Keyboard and help' }).click()
    assert.deepEqual(await axeFindings(page), [])
  })
}

test('the frame on a narrow window', { skip: NO_BROWSER }, async () => {
  const site = await openSite({ dark: DARK_PART })
  const { page, open, close } = await visit(site.url, { width: 640 })
  try {
    const backtrack = `#/backtrack/${encodeURIComponent(DARK_TARGET)}`
    for (const hash of [`#/flows?${SHORT}&open=1.1`, '#/dark', backtrack]) {
      await open(hash)
      assert.deepEqual(await axeFindings(page), [])
      const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
      assert.ok((overflow as number) <= 0, `${hash} is ${overflow} pixels too wide`)
    }
  } finally {
    await close()
    await site.close()
  }
})
