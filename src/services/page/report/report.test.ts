/** A report is one file that loads nothing and runs nothing, whatever names a capture holds. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CONTENT, START, StoreInTest, XSS } from '../store-in-test.ts'
import { html, table } from './html.ts'
import { reportHtml } from './report.ts'

const FRAME = {
  version: '0.0.0',
  madeMicros: START,
  families: [
    { family: 'bittorrent', title: 'BitTorrent', neighbour: false },
    { family: 'edonkey', title: 'eDonkey', neighbour: false },
  ],
}

test('names of strangers stay text', async () => {
  const report = await reportHtml(new StoreInTest(), FRAME)
  assert.doesNotMatch(report, /<script/i)
  assert.equal(
    report.split('&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;').length > 5,
    true,
  )
  assert.ok(!report.includes(XSS))
  assert.doesNotMatch(report, /\son\w+=/i)
  // Nothing is loaded from anywhere.
  assert.doesNotMatch(report, /(?:src|href)=|@import|url\(h/i)
  assert.match(
    report,
    /Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/,
  )
})

test('it tells what the screens tell', async () => {
  const report = await reportHtml(new StoreInTest(), FRAME)
  for (const part of ['Traffic', 'Findings', 'Hosts', 'Contents and their swarms', 'Flows']) {
    assert.match(report, new RegExp(`<h2>${part}</h2>`))
  }
  // 4,259,600 of 6,389,700 bytes.
  assert.match(report, /<b>66\.7 %<\/b> of the bytes are P2P/)
  assert.match(report, /<code>10\.0\.0\.1<\/code>: 99 of 100, certain/)
  assert.ok(report.includes(`<code>${CONTENT}</code>`))
  assert.match(report, /100 of 300 are listed/)
  // Every fourth is at no address of the Internet; the first of them was seen to act.
  assert.match(report, /<p>40 peers\. 4 of the 20 listed were only named, at addresses that no/)
  assert.match(report, /<code>203\.0\.113\.5:6881<\/code>.*<td>no, documentation<\/td>/)
  assert.match(report, /3 packets did not reach the capture/)
  assert.match(report, /<svg [^>]*role="img" aria-label="Bytes over time/)
})

test('it tells the first and the last packet, not the slices in which they lie', async () => {
  class Exact extends StoreInTest {
    override async runs() {
      const [run] = await super.runs()
      return [
        { ...run!, span: { from: START + 6_000_000, to: START + 60_000_000 } },
        { ...run!, run: 2, span: { from: START + 9_000_000, to: START + 108_000_000 } },
      ]
    }
  }
  const report = await reportHtml(new Exact(), FRAME)
  const time = (micros: number) =>
    new Date(micros / 1000).toISOString().slice(0, 19).replace('T', ' ')
  const [from, to] = [time(START + 6e6), time(START + 108e6)]
  assert.ok(report.includes(`: ${from} UTC to ${to} UTC (1 min 42 s)</p>`), report.slice(0, 6000))
})

test('templates escape values, not themselves; absent values are nothing', () => {
  assert.equal(
    html`<b>${'<&>'}</b>${undefined}${false}${[1, html`<i>x</i>`]}`.text,
    '<b>&lt;&amp;&gt;</b>1<i>x</i>',
  )
  assert.equal(html`<a title="${'" onload="x'}">`.text, '<a title="&quot; onload=&quot;x">')
  // Characters that turn text around are shown for what they are.
  assert.equal(html`${'a\u202eb'}`.text, 'a\\u{202e}b')
  assert.equal(table('none', ['a'], []), undefined)
})
