/**
 * Crawls among small peers in memory: an address that is nobody's is found where it comes in, through the
 * channel that tells it and no other; nobody outside of the allowed networks is ever written to, nothing
 * is announced, and what was stopped goes on.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Endpoint, endpointText } from '../src/core/address.ts'
import type { Event } from '../src/core/event.ts'
import type { Peer } from '../src/core/peer.ts'
import { findings } from '../src/services/backtrack/findings.ts'
import type { Learned } from '../src/services/backtrack/frontier.ts'
import { diagnose } from '../src/services/diagnose/diagnose.ts'
import { Evidence } from '../src/services/diagnose/evidence.ts'
import { observe } from '../src/services/diagnose/observe.ts'
import { CRAWLER, type Crawled, World } from './backtrack-world.ts'

const FAMILY = 'bittorrent'
const CONTENT = `urn:btih:${'5a'.repeat(20)}`
const TRACKER = { ip: '198.51.100.1', port: 6969 }
const VICTIM = { ip: '203.0.113.99', port: 4662 }
const INJECTOR = { ip: '198.51.100.13', port: 6881 }
const NETWORKS = ['198.51.100.0/24', '192.0.2.0/24']

function seed(part: string, at: Endpoint): Learned {
  return { family: FAMILY, part, at, hops: 0 }
}

/** Some who want a content that nobody has: they stay, and tell each other of each other. */
function swarm(world: World, role: string, at: Endpoint): Peer[] {
  return [2, 3, 4].map((last) => {
    const peer = world.add(FAMILY, role, { ip: `198.51.100.${last}`, port: 6881 })
    peer.order({ do: 'join', at })
    peer.order({ do: 'fetch', name: 'nothing', content: CONTENT })
    return peer
  })
}

function foundBy({ crawl, graph }: Crawled) {
  const channels = [...crawl.channels.values()].map((counts) => ({
    ...counts,
    vias: { tracker: ['tracker'], pex: ['pex'], dht: ['dht-values', 'dht-nodes'] }[
      counts.channel.replace('-udp', '')
    ]!,
  }))
  return findings(graph, VICTIM.ip, VICTIM.port, { channels, answers: () => undefined })
}

/** `index yes, exchange no`, as far as they were asked. */
function verdicts(crawled: Crawled): string[] {
  return foundBy(crawled).channels.map(({ channel, tells }) => `${channel} ${tells}`)
}

function origins(crawled: Crawled): string[] {
  return foundBy(crawled).origins.map(({ at, via, why }) => `${endpointText(at)} ${via} ${why}`)
}

/** Nothing that the crawl said was a claim about somebody, but that nobody listens at port 0. */
function saidNothing(events: readonly Event[]): void {
  for (const event of events) {
    if (event.type === 'claim' && event.by.ip === CRAWLER) {
      assert.deepEqual([event.via, event.about.port], ['announce', 0])
    }
    if (event.type === 'message' && event.ends[event.side].ip === CRAWLER) {
      assert.ok(!['announce-peer', 'request', 'interested', 'bitfield'].includes(event.name))
    }
    assert.notEqual(event.type, 'transfer')
    assert.notEqual(event.type, 'fault')
  }
}

const GOALS = { goals: [{ content: CONTENT }] }

test('An address that a tracker gives out comes from there, over HTTP and UDP', async () => {
  const world = new World()
  const tracker = world.add(FAMILY, 'tracker,injects', TRACKER)
  tracker.order({ do: 'join', at: VICTIM })
  swarm(world, 'peer', TRACKER)
  world.pass(5)
  const crawled = await world.crawl([seed('tracker', TRACKER)], GOALS, NETWORKS)
  assert.deepEqual(verdicts(crawled).sort(), ['pex no', 'tracker yes', 'tracker-udp yes'])
  assert.deepEqual(origins(crawled), ['198.51.100.1:6969 tracker index'])
  const told = crawled.graph.about(VICTIM.ip)
  assert.ok(told.every(({ frame, content }) => frame > 0 && content === CONTENT))
  saidNothing(crawled.events)
  // The tracker keeps nothing of who asked.
  const again = await world.crawl([seed('tracker', TRACKER)], GOALS, ['198.51.100.1/32'])
  assert.deepEqual(again.graph.about(CRAWLER), [])
})

test('One who injects by peer exchange is found among honest peers', async () => {
  const world = new World()
  world.add(FAMILY, 'tracker', TRACKER)
  swarm(world, 'peer', TRACKER)
  const injector = world.add(FAMILY, 'peer,injects', INJECTOR)
  injector.order({ do: 'join', at: TRACKER })
  injector.order({ do: 'fetch', name: 'nothing', content: CONTENT })
  world.pass(5)
  injector.order({ do: 'join', at: VICTIM })
  world.pass(5)
  const crawled = await world.crawl([seed('tracker', TRACKER)], GOALS, NETWORKS)
  assert.deepEqual(verdicts(crawled).sort(), ['pex yes', 'tracker no', 'tracker-udp no'])
  assert.deepEqual(origins(crawled), ['198.51.100.13:6881 pex exchange'])
  // All four were asked; who was asked, was asked once.
  const pex = [...crawled.crawl.channels.values()].find(({ channel }) => channel === 'pex')!
  assert.deepEqual([pex.answered, crawled.crawl.outside > 0], [4, true])
  saidNothing(crawled.events)
})

test('A node that names a peer which nobody announced is found through the DHT', async () => {
  const world = new World()
  const first = { ip: '198.51.100.1', port: 6881 }
  world.add(FAMILY, 'dht-node', first)
  swarm(world, 'dht-peer', first)
  const node = world.add(FAMILY, 'dht-node,injects', INJECTOR)
  node.order({ do: 'join', at: first })
  world.pass(20)
  node.order({ do: 'join', at: VICTIM })
  world.pass(5)
  const crawled = await world.crawl([seed('dht', first)], GOALS, NETWORKS)
  assert.deepEqual(verdicts(crawled).sort(), ['dht yes', 'pex no'])
  assert.deepEqual(origins(crawled), ['198.51.100.13:6881 dht-values table'])
  saidNothing(crawled.events)
})

test('The capture of a crawl is diagnosed as any: a KTorrent of 2008 reads addresses backwards', async () => {
  const world = new World()
  world.add(FAMILY, 'tracker', TRACKER)
  swarm(world, 'peer', TRACKER)
  const ktorrent = world.add(FAMILY, 'peer,reversed-pex', INJECTOR)
  ktorrent.order({ do: 'join', at: TRACKER })
  ktorrent.order({ do: 'fetch', name: 'nothing', content: CONTENT })
  world.pass(10)
  // What it tells is called as well: 2.100.51.198 and its like.
  const crawled = await world.crawl([seed('tracker', TRACKER)], GOALS, [...NETWORKS, '0.0.0.0/5'])
  const evidence = new Evidence()
  for (const event of crawled.events) observe(event, evidence)
  const [told] = diagnose(evidence, 0).filter(({ of }) => of === 'told')
  assert.equal(told!.bogus.silent, 3)
  const [cause] = told!.causes
  assert.deepEqual([cause?.hypothesis, cause?.verdict, cause?.hits], ['byte-order', 'confirmed', 3])
  assert.deepEqual(told!.channels.map(({ via, bogus }) => `${via} ${bogus}`).sort(), [
    'pex 3',
    'tracker 0',
  ])
})

test('Whoever is not in an allowed network is told of, and never written to', async () => {
  const world = new World()
  const tracker = world.add(FAMILY, 'tracker,injects', TRACKER)
  for (let last = 1; last <= 50; last++) {
    tracker.order({ do: 'join', at: { ip: `203.0.113.${last}`, port: 6881 } })
  }
  swarm(world, 'peer', TRACKER)
  world.pass(5)
  // One of the swarm is outside as well.
  const allow = ['198.51.100.0/30', '192.0.2.0/24']
  const crawled = await world.crawl([seed('tracker', TRACKER)], GOALS, allow)
  assert.ok(crawled.graph.about('203.0.113.1').length > 0)
  assert.ok(crawled.graph.about('198.51.100.4').length > 0)
  const written = new Set(
    crawled.events.flatMap((event) => (event.type === 'flow' ? [event.ends[1].ip] : [])),
  )
  assert.deepEqual([...written].sort(), ['198.51.100.1', '198.51.100.2', '198.51.100.3'])
})

test('A whole DHT is mapped; a second crawl that goes on asks nobody again', async () => {
  const world = new World()
  const nodes = 400
  const placeOf = (i: number) => ({
    ip: `198.18.${Math.floor(i / 200)}.${1 + (i % 200)}`,
    port: 6881,
  })
  for (let i = 0; i < nodes; i++) {
    const node = world.add(FAMILY, 'dht-node', placeOf(i))
    if (i > 0) node.order({ do: 'join', at: placeOf(0) })
    world.pass(0.5)
  }
  const options = { maps: true, networkPerSecond: 1e6, packetsMax: 1200 }
  const allow = ['198.18.0.0/15', '192.0.2.0/24']
  const half = await world.crawl([seed('dht', placeOf(0))], options, allow)
  assert.ok(half.crawl.isSpent)
  const first = new Set([...half.crawl.state.asked].map(([key]) => key))
  const { crawl } = await world.crawl([], { ...options, packetsMax: 1e6 }, allow, {
    before: half.crawl.state,
  })
  const answered = [...crawl.frontier.asked].filter(([, { isAnswered }]) => isAnswered)
  assert.equal(answered.length, nodes)
  const again = [...crawl.channels.values()].reduce((sum, { asked }) => sum + asked, 0)
  assert.ok(first.size > 50 && first.size < nodes, String(first.size))
  assert.equal(again, nodes - first.size)
})

test('No network is asked more often than it may be', async () => {
  const world = new World()
  const first = { ip: '198.51.100.1', port: 6881 }
  world.add(FAMILY, 'dht-node', first)
  for (let last = 2; last <= 12; last++) {
    const node = world.add(FAMILY, 'dht-node', { ip: `198.51.100.${last}`, port: 6881 })
    node.order({ do: 'join', at: first })
  }
  world.pass(30)
  const options = { maps: true, networkPerSecond: 1 }
  const { crawl, seconds } = await world.crawl([seed('dht', first)], options, NETWORKS)
  assert.equal(crawl.frontier.asked.size, 12)
  assert.ok(seconds >= 11, `${seconds} s`)
})
