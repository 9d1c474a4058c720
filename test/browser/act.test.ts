/** The screen Act shows what a wall does, counts time-locks down, and changes nothing by looking. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { WallState } from '../../src/services/page/api.ts'
import { StoreInTest, XSS } from '../../src/services/page/store-in-test.ts'
import { WALL, WALL_PART } from '../../src/services/page/wall-in-test.ts'
import {
  axeFindings,
  NO_BROWSER,
  openSite,
  rowsOf,
  type Site,
  settled,
  type Visit,
  visit,
} from './browser-in-test.ts'

/** Nothing was read yet. */
class EmptyStore extends StoreInTest {
  override async overview() {
    const nothing = { bytes: 0, packets: 0, p2pBytes: 0, p2pFlows: 0, hosts: 0, threats: 0 }
    return { ...nothing, dropped: 0, families: [], span: undefined as never }
  }
}

const IDLE: WallState = {
  ...WALL,
  ...{ mode: 'deny', rules: [], others: [], held: [], lists: [], names: [], decisions: [] },
  ...{ refused: { total: 0, some: [] }, limits: {}, kernelRules: '', engine: 'none' },
}

let state: WallState = WALL
const policies: string[] = []
let site: Site
let seen: Visit
const skip = NO_BROWSER

before(async () => {
  if (NO_BROWSER) return
  const wall = {
    state: () => state,
    preview(policy: string) {
      policies.push(policy)
      return WALL_PART.preview(policy)
    },
  }
  site = await openSite({ wall })
  seen = await visit(site.url)
})
after(async () => {
  await seen?.close()
  await site?.close()
})

async function open(hash: string): Promise<void> {
  await seen.page.goto('about:blank')
  await seen.open(hash)
}

const rows = (caption: string) => rowsOf(seen.page, caption)

test('rules, held hosts, endpoints and decisions stand there as they are, names as text', {
  skip,
}, async () => {
  const { page, complaints } = seen
  await open('#/now')
  await page.keyboard.press('g')
  await page.keyboard.press('a')
  await settled(page)
  assert.equal(seen.hash(), '#/act')
  const [nights, hostile] = await rows('Rules of the policy')
  assert.equal(nights, '1 | nights | staff · all P2P · 22:00-06:00 | ▼ throttle 1MB/s | 0 | never')
  assert.ok(hostile!.includes(XSS))
  assert.match(hostile!, / \| ✕ block reset for 10m \| 1,234 \| /)
  assert.match((await rows('What else decided'))[0]!, /^named to a caught host \| 3 \| /)
  const [tracker, blocked] = await rows('Refused endpoints')
  assert.match(tracker!, /^198\.51\.100\.9:6881 \| .* \| 198\.51\.100\.1:80 tracker$/)
  assert.match(blocked!, /^\[2001:db8::9\]:4662tcp \| .* \| a flow to it was blocked$/)
  assert.match((await rows('Lists of addresses'))[0]!, /^level1 \| 231,000 \| 790,000,000 \| 7 \| /)
  assert.deepEqual(await rows('Names that DNS refused'), ['tracker.example | 4'])
  const [refused, throttled] = await rows('Last decisions')
  assert.match(refused!, / \| ✕ refused, reset \| .* \| 198\.51\.100\.9:6881 tcp \| BitTorrent \| /)
  // The other end, though it opened the flow.
  assert.match(
    throttled!,
    / \| ▼ throttled \| .* \| 198\.51\.100\.7:4672 udp \| eDonkey ◐ likely \| nights \| /,
  )
  assert.equal(await page.locator('#page script, #page img').count(), 0)
  await page.getByRole('link', { name: '1.2', exact: true }).click()
  assert.equal(seen.hash(), '#/flows?open=1.2')
  assert.deepEqual(complaints, [])
})

test('a time-lock counts down by itself, and stands still while the page is held', {
  skip,
}, async () => {
  const { page } = seen
  await open('#/act')
  const left = page.getByRole('table', { name: 'Held hosts' }).locator('time').first()
  const first = (await left.textContent()) ?? ''
  assert.match(first, /^1:0[0-5]$/)
  await left.filter({ hasNotText: first }).waitFor()
  assert.ok(((await left.textContent()) ?? '') < first)
  await open('#/act?paused=1')
  assert.equal(await left.textContent(), '1:05')
  await page.waitForTimeout(1500)
  assert.equal(await left.textContent(), '1:05')
})

test('a policy is tried: its slip with the line, or what it would change', { skip }, async () => {
  const { page } = seen
  await open('#/act')
  const look = page.getByRole('button', { name: 'Show what it would change' })
  assert.equal(await look.isDisabled(), true)
  const policy = page.getByRole('textbox', { name: /A whole peerscope.yaml/ })
  await policy.fill('a slip')
  await policy.press('Tab')
  await page.keyboard.press('Enter')
  const alert = page.getByRole('alert')
  await alert.waitFor()
  assert.ok((await alert.textContent())?.includes(`Line 3: wall.mode: ${XSS}`))
  assert.deepEqual(await axeFindings(page), [])
  await policy.fill('wall: {}')
  await look.click()
  await page.getByRole('table', { name: 'What would change in the policy' }).waitFor()
  const words = (await rows('What would change in the policy')).map((row) => row.split(' | ')[0])
  assert.deepEqual(words, ['= stays', '− gone', '+ new'])
  const diff = page.getByRole('region', { name: 'What would change in the kernel’s rules' })
  assert.match(
    (await diff.textContent()) ?? '',
    /− {3}limit rate 64 kbytes\/second\n\+ {3}limit rate 1 mbytes/,
  )
  assert.deepEqual(policies, ['a slip', 'wall: {}'])
  assert.deepEqual(await axeFindings(page), [])
})

test('a wall that did nothing yet says so in words', { skip }, async () => {
  const { page } = seen
  state = IDLE
  try {
    await open('#/act')
    for (const words of [
      'The policy has no rule.',
      'what nothing permits does not pass',
      'No host is held.',
      'No endpoint is refused.',
      'Nothing was decided yet.',
      'There is no list',
      'Somebody else makes the rules',
    ]) {
      await page.getByText(words).first().waitFor({ timeout: 5000 })
    }
    assert.deepEqual(await axeFindings(page), [])
  } finally {
    state = WALL
  }
})

test('where no wall runs and nothing is stored, it is said how to start one', {
  skip,
}, async () => {
  const bare = await openSite({ reader: new EmptyStore() })
  try {
    await seen.page.goto(`${bare.url}#/act`)
    await seen.page.getByText('No wall runs here').waitFor()
    await seen.page.getByText('peerscope wall --listen 127.0.0.1:8686').waitFor()
    await settled(seen.page)
    assert.deepEqual(await axeFindings(seen.page), [])
  } finally {
    await bare.close()
  }
})
