/** The page does by keyboard, address and pointer what it says, and shows what strangers wrote as text. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { Status } from '../../src/services/page/api.ts'
import { STATUS } from '../../src/services/page/parts-in-test.ts'
import { CONTENT, START, StoreInTest, XSS } from '../../src/services/page/store-in-test.ts'
import { NO_BROWSER, openSite, type Site, settled, type Visit, visit } from './browser-in-test.ts'

const IMAGE = '"><img src=x onerror=alert(1)>'

/** A content that somebody gave a name which would be an element. */
class HostileStore extends StoreInTest {
  override async swarm(content: string, page: { limit: number; offset?: number }) {
    const swarm = await super.swarm(content, page)
    return swarm && { ...swarm, name: IMAGE, files: [{ path: IMAGE, size: 1 }] }
  }
}

/** Nothing was read yet. */
class EmptyStore extends StoreInTest {
  override async overview() {
    const nothing = { bytes: 0, packets: 0, p2pBytes: 0, p2pFlows: 0, hosts: 0, threats: 0 }
    return { ...nothing, dropped: 0, families: [], span: undefined as never }
  }
}

let site: Site
let seen: Visit
let status: Status = STATUS
const uploads: string[] = []
const skip = NO_BROWSER

before(async () => {
  if (NO_BROWSER) return
  site = await openSite({
    reader: new HostileStore(),
    status: () => status,
    packets: {
      async *capture() {},
      async rows() {
        // An IPv4 header's first bytes, then `<b>`.
        const packet = {
          frame: 4,
          micros: START,
          side: 0,
          size: 40,
          hex: '450000283c623e',
        } as const
        return { rows: [packet], total: 1 }
      },
    },
    captures: {
      bytesMax: 1 << 20,
      async take(name, body) {
        let size = 0
        for await (const piece of body) size += piece.length
        uploads.push(`${name} ${size}`)
        return { name }
      },
    },
  })
  seen = await visit(site.url)
})
beforeEach(async () => {
  if (NO_BROWSER) return
  await seen.page.goto('about:blank')
  await open('#/now')
  seen.asked.length = 0
  seen.complaints.length = 0
})
after(async () => {
  await seen?.close()
  await site?.close()
})

const open = (hash: string) => seen.open(hash)
const hash = () => seen.hash()

test('names that are elements are shown as text', { skip }, async () => {
  const { page, complaints } = seen
  const screens = ['#/now', '#/host/10.0.0.1', '#/flows?open=1.1&frame=4', '#/swarm']
  for (const screen of [...screens, `#/swarm/${encodeURIComponent(CONTENT)}`]) {
    await open(screen)
    assert.equal(await page.locator('#page script, #page img').count(), 0, screen)
  }
  await open('#/flows?open=1.1&frame=4')
  await page.getByText('0000  45 00 00 28 3c 62 3e').waitFor()
  await open(`#/swarm/${encodeURIComponent(CONTENT)}`)
  assert.ok((await page.getByText(IMAGE, { exact: true }).count()) >= 2)
  assert.ok((await page.getByText(XSS).count()) >= 1)
  assert.deepEqual(complaints, [])
})

test('from the search to a flow’s messages and back without a pointer', { skip }, async () => {
  const { page } = seen
  await page.keyboard.press('Tab')
  assert.equal(await page.locator(':focus').textContent(), 'To the content')
  await page.keyboard.press('Enter')
  assert.equal(await page.locator(':focus').getAttribute('id'), 'main')
  await page.keyboard.press('/')
  await page.keyboard.type('10.0.0.2')
  await page.getByRole('option', { selected: true }).waitFor()
  await page.keyboard.press('Enter')
  assert.equal(hash(), '#/host/10.0.0.2')
  await page.keyboard.press('g')
  await page.keyboard.press('f')
  assert.equal(hash(), '#/flows')
  await settled(page)
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await page.keyboard.press('Enter')
  assert.equal(hash(), '#/flows?open=1.299')
  await page.getByRole('complementary', { name: 'Flow 1.299' }).waitFor()
  await page.keyboard.press('Escape')
  assert.equal(hash(), '#/flows')
  assert.equal(await page.locator(':focus').textContent(), '1.299')
  await page.keyboard.press('?')
  assert.ok(await page.getByRole('dialog').isVisible())
})

test('an expression is written with completion, and applied', { skip }, async () => {
  const { page } = seen
  await open('#/flows')
  await page.keyboard.press('e')
  await page.keyboard.type('fam')
  for (const _ of ['family', '==', 'a value']) {
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
  }
  await page.keyboard.press('Enter')
  assert.match(hash(), /^#\/flows\?where=family%3D%3D\w+$/)
  await settled(page)
  assert.match(
    (await page.getByRole('navigation', { name: 'Pages of flows' }).textContent())!,
    /^100 flows/,
  )
})

test('an expression that cannot be read says what and where', { skip }, async () => {
  const { page } = seen
  await open('#/flows')
  const bar = page.getByRole('combobox', { name: 'Flows where' })
  await bar.fill('host==10.0.0.0/8 && prt==80')
  await bar.press('Enter')
  assert.match((await page.locator('.expression-error').textContent())!, /character 21: .*prt/)
  assert.equal(await page.locator('.expression-error mark').textContent(), 'prt==80')
  assert.equal(await bar.getAttribute('aria-invalid'), 'true')
  assert.equal(hash(), '#/flows')
})

test('a facet narrows, its opposite leaves out', { skip }, async () => {
  const { page } = seen
  await open('#/flows')
  await page.getByRole('button', { name: 'Only Family edonkey' }).click()
  assert.equal(hash(), '#/flows?where=family%3D%3Dedonkey')
  await open('#/flows?where=port%3D%3D80')
  await page.getByRole('button', { name: 'Without Family edonkey' }).click()
  assert.match(decodeURIComponent(hash()), /where=port==80\+&&\+family!=edonkey/)
})

test('a brush over the chart is the time range of all questions and screens', {
  skip,
}, async () => {
  const { page, asked } = seen
  await settled(page)
  const box = (await page.locator('.u-over').boundingBox())!
  const y = box.y + box.height / 2
  await page.mouse.move(box.x + box.width * 0.25, y)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * 0.5, y, { steps: 5 })
  await page.mouse.up()
  await page.waitForURL(/from=\d+&to=\d+/)
  const [, from, to] = /from=(\d+)&to=(\d+)/.exec(hash())!.map(Number)
  // A quarter and a half of 330 seconds, to a pixel of some 1,300.
  assert.ok(Math.abs(from! - START - 82_500_000) < 600_000, `from ${from! - START}`)
  assert.ok(Math.abs(to! - START - 165_000_000) < 600_000, `to ${to! - START}`)
  await settled(page)
  assert.ok(asked.some((one) => one.startsWith(`hosts?from=${from}&to=${to}`)))
  await page.getByRole('link', { name: 'Flows', exact: true }).click()
  assert.equal(hash(), `#/flows?from=${from}&to=${to}`)
  await page.goBack()
  await page.goBack()
  assert.equal(hash(), '#/now')
})

test('a chart says by keyboard what stands where, and has a table', { skip }, async () => {
  const { page } = seen
  const chart = page.locator('.chart-canvas')
  await chart.focus()
  await page.keyboard.press('Home')
  assert.match((await chart.getAttribute('aria-valuetext'))!, /^2026-11-22 09:00:00.*BitTorrent/)
  await page.keyboard.press('Shift+ArrowRight')
  await page.keyboard.press('Shift+PageDown')
  await page.keyboard.press('Enter')
  assert.match(hash(), /from=\d+&to=\d+/)
  await settled(page)
  await page.getByText('Chart as a table').click()
  await page.locator('.twin tbody tr').first().waitFor()
  assert.ok((await page.locator('.twin tbody tr').count()) > 10)
  assert.equal(await page.locator('.twin thead th[scope=col]').count(), 5)
})

test('the grips of the time line move by keyboard', { skip }, async () => {
  const { page } = seen
  await page.getByRole('slider', { name: 'Start of the time range' }).press('PageUp')
  const from = Number(/from=(\d+)/.exec(hash())?.[1])
  assert.equal(from, START + 33_000_000)
})

test('news are asked for, and not while the page is paused', { skip }, async () => {
  const { page, asked } = seen
  status = { ...STATUS, state: 'watching', source: 'eth0', revision: 2, packets: 7000 }
  await page.waitForRequest(/api\/overview/, { timeout: 5000 })
  assert.match(
    (await page.getByRole('region', { name: 'What is read' }).textContent())!,
    /Watching eth0/,
  )
  await page.getByRole('button', { name: 'Pause' }).click()
  assert.equal(hash(), '#/now?paused=1')
  await page.waitForTimeout(300)
  asked.length = 0
  status = { ...status, revision: 3, packets: 7100 }
  await page.getByText('7,100 packets').waitFor()
  await page.waitForTimeout(2500)
  assert.deepEqual(asked, [])
  await page.getByRole('button', { name: 'Paused' }).click()
  await page.waitForRequest(/api\/overview/, { timeout: 5000 })
  status = STATUS
})

test('while a capture is read its progress is told', { skip }, async () => {
  const { page } = seen
  status = { ...STATUS, state: 'reading', revision: 9, bytesRead: 420, bytesTotal: 1000 }
  await page.getByRole('progressbar').waitFor()
  assert.equal(await page.getByRole('progressbar').getAttribute('value'), '420')
  assert.match((await page.getByRole('region', { name: 'What is read' }).textContent())!, /42/)
  status = STATUS
})

test('a capture that is dropped on the page is sent', { skip }, async () => {
  const { page } = seen
  await page.evaluate(`{
    const transfer = new DataTransfer()
    transfer.items.add(new File([new Uint8Array(1234)], 'évil.pcap'))
    const init = { dataTransfer: transfer, bubbles: true, cancelable: true }
    document.body.dispatchEvent(new DragEvent('dragover', init))
    document.body.dispatchEvent(new DragEvent('drop', init))
  }`)
  await page.getByText('évil.pcap was sent').waitFor({ state: 'attached' })
  assert.deepEqual(uploads, ['évil.pcap 1234'])
})

test('the theme is chosen, kept, and there before the first paint', { skip }, async () => {
  const { page } = seen
  const ground = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor')
  const light = await ground()
  await page.getByRole('button', { name: 'Theme: as the system' }).click()
  await page.getByRole('button', { name: 'Theme: light' }).click()
  assert.notEqual(await ground(), light)
  await page.reload()
  assert.equal(await page.evaluate('document.documentElement.dataset.theme'), 'dark')
  await page.getByRole('button', { name: 'Theme: dark' }).click()
})

test('single keys can be switched off', { skip }, async () => {
  const { page } = seen
  await page.keyboard.press('?')
  await page.getByLabel('Single keys act').uncheck()
  await page.keyboard.press('Escape')
  await page.keyboard.press('p')
  assert.equal(hash(), '#/now')
  await page.getByRole('button', { name: 'Keyboard and help' }).click()
  await page.getByLabel('Single keys act').check()
})

test('chosen flows can be taken away', { skip }, async () => {
  const { page } = seen
  await open('#/flows')
  await page.getByLabel('Choose flow 1.299').check()
  await page.getByLabel('Choose flow 1.298').check()
  await page.getByRole('button', { name: '2 flows chosen' }).click()
  const menu = page.locator('.selection .menu-box')
  const href = (name: RegExp) => menu.getByRole('link', { name }).getAttribute('href')
  assert.equal(await href(/pcapng/), './api/packets.pcapng?flow=1.299&flow=1.298')
  assert.equal(await href(/CSV/), './api/flows.csv?where=id+in+%281.299%2C+1.298%29')
})

test('without a server the page says so, keeps what it has, and comes back', { skip }, async () => {
  const own = await openSite()
  const { page, close } = await visit(own.url)
  let again: Site | undefined
  try {
    await settled(page)
    await own.close()
    await page.getByText('No connection to the server').waitFor()
    assert.ok((await page.locator('.hosts [data-row]').count()) > 0)
    await page.getByRole('link', { name: 'Flows', exact: true }).click()
    await page.getByText('Could not fetch the flows.').waitFor()
    again = await openSite({}, Number(new URL(own.url).port))
    await page.locator('.flow-list [data-row]').first().waitFor()
    await page.getByText('No connection to the server').waitFor({ state: 'detached' })
  } finally {
    await close()
    await again?.close()
  }
})

test('a damaged capture is not called read to its end', { skip }, async () => {
  const damaged: Status = { ...STATUS, error: 'damaged at byte 2981: a packet is cut' }
  const own = await openSite({ status: () => damaged })
  const { page, close } = await visit(own.url)
  try {
    const line = page.locator('.status-state')
    await line.waitFor()
    assert.equal(
      (await line.textContent())?.trim(),
      '▲ office.pcap: damaged at byte 2981: a packet is cut; what came before was read',
    )
  } finally {
    await close()
    await own.close()
  }
})

test('a tab is called by what it shows, a host’s address can be copied', { skip }, async () => {
  const { page, context } = seen
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await open('#/host/10.0.0.1')
  assert.equal(await page.title(), '10.0.0.1 – Peerscope')
  await page.getByRole('button', { name: 'Copy', exact: true }).click()
  assert.equal(await page.evaluate('navigator.clipboard.readText()'), '10.0.0.1')
  await open('#/flows?page=9')
  await page.getByText('The list ends before this page.').waitFor()
})

test('an empty store invites', { skip }, async () => {
  const own = await openSite({ reader: new EmptyStore() })
  const { page, close } = await visit(own.url)
  try {
    await page.getByRole('heading', { name: 'Nothing to show yet' }).waitFor()
    assert.ok(await page.getByText('Choose a capture …').isVisible())
  } finally {
    await close()
    await own.close()
  }
})

test('a screen that there is not is said, and a menu does not outlive its screen', {
  skip,
}, async () => {
  const { page } = seen
  await open('#/nowhere')
  await page.getByRole('heading', { name: 'There is no screen “nowhere”' }).waitFor()
  assert.equal(await page.locator('.screens [aria-current]').count(), 0)
  await page.getByRole('link', { name: 'What goes on now' }).click()
  await settled(page)
  assert.equal(hash(), '#/now')
  await page.getByRole('button', { name: 'Export' }).click()
  await page.getByRole('button', { name: 'Copy link' }).waitFor()
  await page.keyboard.press('g')
  await page.keyboard.press('f')
  await settled(page)
  assert.equal(hash(), '#/flows')
  assert.equal(await page.getByRole('button', { name: 'Copy link' }).count(), 0)
})

test('a window of 420 px does not scroll sideways, and holds the whole menu', {
  skip,
}, async () => {
  const narrow = await visit(site.url, { width: 420 })
  try {
    const { page } = narrow
    for (const screen of ['now', 'host', 'flows', 'swarm', 'dark', 'backtrack', 'act']) {
      await narrow.open(`#/${screen}`)
      const width = await page.evaluate('document.documentElement.scrollWidth')
      assert.ok(Number(width) <= 420, `${screen}: ${width}`)
    }
    await page.getByRole('button', { name: 'Export' }).click()
    const box = (await page.locator('.menu-box:visible').boundingBox())!
    assert.ok(box.x >= 0 && box.x + box.width <= 420, JSON.stringify(box))
  } finally {
    await narrow.close()
  }
})
