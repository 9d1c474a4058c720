/** The whole program and a real browser: what stands in the sample is found on the page. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { after, before, test } from 'node:test'
import { repositoryFile } from '../../src/core/repository.ts'
import { NO_BROWSER, settled, type Visit, visit } from './browser-in-test.ts'

let program: ChildProcess
let url = ''
let seen: Visit
const skip = NO_BROWSER

/** Where the program says that it listens. */
function addressOf(started: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    const listen = (piece: Buffer) => {
      said += piece
      const found = /http:\/\/\S+/.exec(said)?.[0]
      if (found !== undefined) resolve(found)
    }
    started.stdout!.on('data', listen)
    started.stderr!.on('data', listen)
    started.on('exit', (code) => reject(new Error(`ended with ${code}: ${said}`)))
  })
}

before(async () => {
  if (NO_BROWSER) return
  program = spawn(process.execPath, [
    repositoryFile('dist/src/app/main.js'),
    ...['serve', repositoryFile('samples/office.pcap'), '--listen', '127.0.0.1:0'],
  ])
  url = await addressOf(program)
  seen = await visit(url)
  // The line of the status; what is read aloud may say the same.
  const status = seen.page.locator('.status-state', { hasText: 'was read to its end' })
  await status.waitFor({ timeout: 60_000 })
  // The page asks again two seconds after the last news.
  await seen.page.reload()
  await settled(seen.page)
})
after(async () => {
  await seen?.close()
  program?.kill()
})

async function find(text: string): Promise<void> {
  const { page } = seen
  await page.keyboard.press('/')
  await page.keyboard.type(text)
  await page.getByRole('option', { selected: true }).waitFor()
  await page.keyboard.press('Enter')
  await settled(page)
}

test('the first screen names the families and the hosts of the sample', { skip }, async () => {
  const { page } = seen
  const hosts = page.getByRole('region', { name: 'Hosts with a verdict' })
  for (const host of ['2001:db8:10::21', '2001:db8:10::22', '10.17.5.32']) {
    assert.equal(await hosts.getByRole('link', { name: host, exact: true }).count(), 1, host)
  }
  const families = page.getByRole('region', { name: /^Families/ })
  for (const family of ['BitTorrent', 'eDonkey', 'Gnutella', 'Direct Connect', 'Soulseek']) {
    assert.equal(await families.getByRole('link', { name: family }).count(), 1, family)
  }
  // The connections of the client that encrypts everything are a band of their own.
  assert.equal(await page.getByRole('button', { name: 'BitTorrent, by endpoint' }).count(), 1)
})

test('a host that says nothing readable is named with who taught its endpoint', {
  skip,
}, async () => {
  const { page } = seen
  await find('2001:db8:10::22')
  assert.match((await page.locator('.host-sentence').textContent())!, /^Takes part in BitTorrent/)
  assert.ok((await page.locator('.reasons li').count()) >= 3)
  const lane = page.locator('.lane-name', { hasText: 'by endpoint' }).first()
  await lane.click()
  await settled(page)
  await page.locator('[data-row] a').first().click()
  await page.getByText('Taught by').waitFor()
  await page.getByText('None was decoded').waitFor()
})

test('a file is found by its hash, with names and who told them', { skip }, async () => {
  const { page } = seen
  await find('3277235a02fe3e98de1a637d11446f2b')
  assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'kernel guide.pdf')
  const names = page.getByRole('region', { name: /^Names of the content/ })
  assert.ok((await names.getByText('offer-files').count()) >= 1)
  await page.getByRole('link', { name: '10.17.5.33' }).first().click()
  await settled(page)
  assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), '10.17.5.33')
  assert.ok((await page.getByText('aMule').count()) >= 1)
})

test('a reason leads to its flow and its frame', { skip }, async () => {
  const { page } = seen
  await find('10.17.5.32')
  await page.locator('.reasons a').first().click()
  await settled(page)
  // Frame 142 is the login at the server, as samples/README.md tells.
  assert.match(seen.hash(), /^#\/flows\?where=id%3D%3D1\.36&open=1\.36&frame=142$/)
  await page.locator('.messages .asked', { hasText: 'login' }).waitFor()
})

test('a flow opens its messages and its bytes', { skip }, async () => {
  const { page } = seen
  await seen.open('#/flows?where=message%3D%3Dlogin&sort=start')
  await page.locator('[data-row] a').first().click()
  await page.getByText('login', { exact: true }).first().click()
  await page.getByText('74b2952fc90e4e1d4a1bf4dcc5026f51').first().waitFor()
  await page.getByText('Packets in hex').click()
  await page.locator('.packets summary').first().click()
  // The first packet is a SYN in IPv4.
  await page.getByText(/^0000 {2}45 /).waitFor()
})

test('an export is what was chosen', { skip }, async () => {
  const { page } = seen
  await seen.open('#/flows?where=family%3D%3Dedonkey')
  const total = /(\d+) flows/.exec((await page.locator('.pager').first().textContent())!)?.[1]
  await page.getByRole('button', { name: 'Export' }).click()
  const coming = page.waitForEvent('download')
  await page.getByRole('link', { name: /CSV/ }).click()
  const download = await coming
  const stream = await download.createReadStream()
  let text = ''
  for await (const piece of stream) text += piece
  assert.equal(text.trim().split('\n').length - 1, Number(total))
})

test('the browser had nothing to complain about', { skip }, () => {
  assert.deepEqual(seen.complaints, [])
})
