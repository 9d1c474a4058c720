/**
 * A crawl asks breadth first, within its budgets, each once, and goes on where it stopped; it never writes to
 * whoever is not allowed, whatever it is told.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SiteInTest } from '../../core/site-in-test.ts'
import { latin1 } from '../../core/text.ts'
import { Allowed } from './allowed.ts'
import { Crawl, type CrawlOptions, type CrawlState } from './crawl.ts'
import type { Learned } from './frontier.ts'
import { answerOf, kinds, TRIES, texts, WIDTH } from './kind-in-test.ts'

const SECOND = 1_000_000
const OPTIONS: CrawlOptions = {
  goals: [{ content: 'urn:x:500' }],
  maps: false,
  hopsMax: 2,
  port: 40_000,
  packetsPerSecond: 1e6,
  packetsMax: 1e6,
  inFlightMax: 100,
  networkPerSecond: Number.POSITIVE_INFINITY,
}

function learned(part: string, ip: string, id?: number): Learned {
  const named = id === undefined ? {} : { id: String(id) }
  return { family: 'x', part, at: { ip, port: 1000 }, hops: 0, ...named }
}

function crawlOf(options: Partial<CrawlOptions>, seeds: Learned[], before?: CrawlState) {
  const allowed = Allowed.of(['10.0.0.0/8'])
  if (typeof allowed === 'string') assert.fail(allowed)
  const over = { ended: 0 }
  const ended = () => {
    over.ended++
  }
  const crawl = new Crawl(kinds, allowed, { ...OPTIONS, ...options }, ended, before)
  for (const seed of seeds) crawl.learn(seed)
  const site = new SiteInTest(crawl)
  site.pass(0)
  const answer = (ip: string, bytes: Uint8Array) => {
    crawl.datagram(40_000, { ip, port: 1000 }, bytes)
  }
  return { crawl, site, over, answer }
}

test('Peers are asked, then those they tell of, each once, to so many hops', () => {
  const { crawl, site, over, answer } = crawlOf({}, [learned('peer', '10.0.0.1')])
  assert.deepEqual(texts(site.datagrams), ['10.0.0.1:1000'])
  assert.equal(latin1(site.datagrams[0]!.bytes), 'who gossip urn:x:500\n')
  answer('10.0.0.1', answerOf(['peer', '10.0.0.2'], ['peer', '10.0.0.1'], ['peer', '10.0.0.3']))
  answer('10.0.0.2', answerOf(['peer', '10.0.0.4'], ['peer', '10.0.0.3']))
  answer('10.0.0.3', answerOf())
  answer('10.0.0.4', answerOf(['peer', '10.0.0.5']))
  // 10.0.0.5 is three words of peers away.
  assert.deepEqual(
    texts(site.datagrams),
    ['1', '2', '3', '4'].map((last) => `10.0.0.${last}:1000`),
  )
  assert.deepEqual([over.ended, crawl.isOver], [1, true])
  const [counts] = crawl.channels.values()
  assert.deepEqual([counts?.asked, counts?.answered], [4, 4])
})

test('Whoever is not allowed is never written to', () => {
  const seeds = [learned('peer', '10.0.0.1'), learned('peer', '192.0.2.1')]
  const { crawl, site, over, answer } = crawlOf({}, seeds)
  answer(
    '10.0.0.1',
    answerOf(['peer', '198.51.100.1'], ['node', '11.0.0.1', 1], ['hub', '127.0.0.1'], ['hub', 'x']),
  )
  assert.deepEqual(texts(site.datagrams), ['10.0.0.1:1000'])
  assert.deepEqual([site.calls.length, crawl.outside, over.ended], [0, 5, 1])
})

test('Whoever is asked about is not asked', () => {
  const spared = [{ ip: '10.0.0.2' }, { ip: '10.0.0.3', port: 999 }, { ip: '10.0.0.4', port: 1000 }]
  const { crawl, site, answer } = crawlOf({ spared }, [learned('peer', '10.0.0.1')])
  answer('10.0.0.1', answerOf(['peer', '10.0.0.2'], ['peer', '10.0.0.3'], ['peer', '10.0.0.4']))
  assert.deepEqual(texts(site.datagrams), ['10.0.0.1:1000', '10.0.0.3:1000'])
  assert.equal(crawl.outside, 0)
})

test('Who is silent is asked as often as the interview likes, and the crawl ends', () => {
  const { crawl, site, over } = crawlOf({}, [learned('peer', '10.0.0.1')])
  for (let i = 0; i < 5; i++) site.pass(SECOND)
  assert.deepEqual([site.datagrams.length, over.ended], [TRIES, 1])
  assert.equal([...crawl.channels.values()][0]!.answered, 0)
})

test('Of nodes the near are asked first, and no more once the nearest have answered', () => {
  const far = [100, 300, 499, 501, 510, 900].map((id, i) => learned('node', `10.0.0.${i + 1}`, id))
  const { site, over, answer } = crawlOf({ inFlightMax: 1 }, far)
  const order: string[] = []
  for (let i = 0; i < 10 && over.ended === 0; i++) {
    const { ip } = site.datagrams.at(-1)!.to
    order.push(ip)
    answer(ip, answerOf())
  }
  // 499 and 501 are as near as each other: the older is first.
  assert.deepEqual(order, ['10.0.0.3', '10.0.0.4', '10.0.0.5'])
  assert.equal(order.length, WIDTH)
})

test('A silent node does not count among the nearest', () => {
  const nodes = [500, 501, 502, 503].map((id, i) => learned('node', `10.0.0.${i + 1}`, id))
  const { site, over, answer } = crawlOf({ inFlightMax: 1 }, nodes)
  for (let i = 0; i < TRIES; i++) site.pass(SECOND)
  for (const last of [2, 3, 4]) answer(`10.0.0.${last}`, answerOf())
  assert.equal(over.ended, 1)
  assert.equal(new Set(texts(site.datagrams)).size, 4)
})

test('No more questions are under way than may be, no more packets are sent than may be', () => {
  const many = Array.from({ length: 30 }, (_, i) => learned('peer', `10.0.${i}.1`))
  const { crawl, site, answer } = crawlOf({ inFlightMax: 4, packetsMax: 10 }, many)
  assert.deepEqual([site.datagrams.length, crawl.inFlight], [4, 4])
  for (let i = 0; i < 30; i++) answer(`10.0.${i}.1`, answerOf())
  assert.deepEqual([site.datagrams.length, crawl.isSpent, crawl.isOver], [10, true, true])
})

test('Packets go no faster than they may', () => {
  const many = Array.from({ length: 60 }, (_, i) => learned('peer', `10.0.${i}.1`))
  const { site, answer } = crawlOf({ packetsPerSecond: 10, inFlightMax: 1000 }, many)
  const sent: number[] = []
  for (let tenths = 0; tenths < 30; tenths++) {
    site.pass(SECOND / 10)
    for (const { to } of site.datagrams.slice(sent.at(-1) ?? 0)) answer(to.ip, answerOf())
    sent.push(site.datagrams.length)
  }
  assert.ok(sent[9]! >= 9 && sent[9]! <= 12, String(sent[9]))
  assert.ok(sent[29]! >= 28 && sent[29]! <= 32, String(sent[29]))
})

test('One network is asked so often a second; others do not wait for it', () => {
  const near = Array.from({ length: 5 }, (_, i) => learned('peer', `10.0.0.${i + 1}`))
  const { site, answer } = crawlOf({ networkPerSecond: 1 }, [...near, learned('peer', '10.0.1.1')])
  assert.deepEqual(texts(site.datagrams), ['10.0.0.1:1000', '10.0.1.1:1000'])
  for (const ip of ['10.0.0.1', '10.0.1.1']) answer(ip, answerOf())
  for (let tenths = 1; tenths <= 35; tenths++) {
    const before = site.datagrams.length
    site.pass(SECOND / 10)
    for (const { to } of site.datagrams.slice(before)) answer(to.ip, answerOf())
  }
  assert.deepEqual(
    texts(site.datagrams).slice(2),
    ['2', '3', '4'].map((last) => `10.0.0.${last}:1000`),
  )
})

test('Another question to the same endpoint waits as the protocol says', () => {
  const goals = [{ content: 'urn:x:1' }, { content: 'urn:x:2' }]
  const { site, answer, over } = crawlOf({ goals }, [learned('peer', '10.0.0.1')])
  answer('10.0.0.1', answerOf())
  for (let seconds = 1; seconds < 5; seconds++) site.pass(SECOND)
  assert.equal(site.datagrams.length, 1)
  site.pass(SECOND)
  assert.deepEqual(
    site.datagrams.map(({ bytes }) => latin1(bytes)),
    ['who gossip urn:x:1\n', 'who gossip urn:x:2\n'],
  )
  answer('10.0.0.1', answerOf())
  assert.equal(over.ended, 1)
})

test('Of two questions to one endpoint the second waits until the first is over', () => {
  const goals = [{ content: 'urn:x:1' }, { content: 'urn:x:2' }]
  const { site, answer, over } = crawlOf({ goals }, [learned('slow', '10.0.0.1')])
  // The pause between two is a second, and the first is answered after three.
  for (let seconds = 1; seconds <= 3; seconds++) site.pass(SECOND)
  assert.equal(site.datagrams.length, 1)
  answer('10.0.0.1', answerOf())
  site.pass(SECOND)
  assert.equal(latin1(site.datagrams.at(-1)!.bytes), 'who slow urn:x:2\n')
  answer('10.0.0.1', answerOf())
  assert.deepEqual([site.datagrams.length, over.ended], [2, 1])
})

test('While it lasts, it asks again after the protocol’s own time', () => {
  const start = new SiteInTest({ start: () => undefined } as never).nowMicros
  const { site, answer, over } = crawlOf({ untilMicros: start + 150 * SECOND }, [
    learned('peer', '10.0.0.1'),
  ])
  const times: number[] = []
  for (let seconds = 0; seconds < 200; seconds++) {
    if (site.datagrams.length > times.length) {
      times.push(seconds)
      answer('10.0.0.1', answerOf())
    }
    site.pass(SECOND)
  }
  assert.deepEqual([times, over.ended], [[0, 60, 120], 1])
})

test('A connection is asked, heard to its end, and closed; one that never stands is given up', () => {
  const { crawl, site, over } = crawlOf({}, [
    learned('hub', '10.0.0.1'),
    learned('hub', '10.0.0.2'),
  ])
  const [first, second] = site.calls
  first!.open()
  assert.equal(latin1(first!.take()), 'who hub urn:x:500\n')
  const answer = answerOf(['peer', '10.0.0.3'])
  first!.hear(answer.subarray(0, 5))
  assert.equal(first!.isClosed, false)
  first!.hear(answer.subarray(5))
  assert.equal(first!.isClosed, true)
  assert.deepEqual(texts(site.datagrams), ['10.0.0.3:1000'])
  crawl.datagram(40_000, { ip: '10.0.0.3', port: 1000 }, answerOf())
  for (let i = 0; i < 11; i++) site.pass(SECOND)
  assert.deepEqual([second!.isClosed, over.ended], [true, 1])
})

test('What was stopped goes on: what was asked is not asked again, what was under way is', () => {
  const many = Array.from({ length: 6 }, (_, i) => learned('peer', `10.0.${i}.1`))
  const before = crawlOf({ inFlightMax: 2 }, many)
  before.answer('10.0.0.1', answerOf(['peer', '10.9.9.9']))
  before.crawl.stop()
  assert.equal(before.over.ended, 1)
  const state = JSON.parse(JSON.stringify(before.crawl.state)) as CrawlState
  const { site, answer, over } = crawlOf({}, [], state)
  for (let i = 0; i < site.datagrams.length; i++) answer(site.datagrams[i]!.to.ip, answerOf())
  const asked = texts(site.datagrams).sort()
  assert.deepEqual(
    asked,
    [...[1, 2, 3, 4, 5].map((i) => `10.0.${i}.1:1000`), '10.9.9.9:1000'].sort(),
  )
  assert.equal(over.ended, 1)
  // Packets of before count.
  assert.ok(state.sent >= 3)
})

test('A map asks everybody, without a content', () => {
  const { site, answer } = crawlOf({ goals: [], maps: true }, [learned('node', '10.0.0.1', 1)])
  answer('10.0.0.1', answerOf(['node', '10.0.0.2', 999], ['peer', '10.0.0.3']))
  assert.deepEqual(
    site.datagrams.map(({ bytes }) => latin1(bytes)),
    ['who table all\n', 'who table all\n'],
  )
})
