/** Claims become edges, edges are found by address, and say where an address comes in. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Claim } from '../../core/event.ts'
import { type Asking, findings } from './findings.ts'
import { Graph } from './graph.ts'
import { csvLines, graphmlLines } from './graph-files.ts'

const US = { ip: '10.0.0.1', port: 50_000 }
const VICTIM = { ip: '203.0.113.9', port: 80 }
const KINDS: Readonly<Record<string, 'index' | 'exchange' | 'dht'>> = {
  hub: 'index',
  gossip: 'exchange',
  table: 'dht',
}

let frame = 0

function claim(via: string, by: string, more: Partial<Claim> = {}): Claim {
  const teller = { ip: by, port: 1000 }
  frame++
  return {
    type: 'claim',
    ...{ by: teller, about: VICTIM, via, part: 'peer', carriers: 'both', content: 'urn:x:1' },
    ...{ family: 'x', flow: 1, micros: frame * 1e6, ends: [US, teller], carrier: 'udp' },
    ...{ capture: 'a.pcapng', frame },
    ...more,
  }
}

function graphOf(...claims: readonly Claim[]): Graph {
  const graph = new Graph((_, via) => KINDS[via])
  for (const each of claims) graph.claim(each)
  return graph
}

const ASKING: Asking = {
  channels: [
    { family: 'x', channel: 'hub', kind: 'index', asked: 1, answered: 1, vias: ['hub'] },
    { family: 'x', channel: 'gossip', kind: 'exchange', asked: 4, answered: 3, vias: ['gossip'] },
    { family: 'x', channel: 'table', kind: 'dht', asked: 2, answered: 0, vias: ['table'] },
  ],
  answers: ({ ip }) => (ip.startsWith('10.') ? true : ip === VICTIM.ip ? false : undefined),
}

function originsOf(graph: Graph): string[] {
  return findings(graph, VICTIM.ip, VICTIM.port, ASKING).origins.map(
    ({ at, why, told, silent }) => `${at.ip} ${why} ${silent}/${told}`,
  )
}

test('What is said again is one edge; its first frame stays', () => {
  const first = claim('gossip', '10.0.0.2')
  const graph = graphOf(first, claim('gossip', '10.0.0.2'), claim('hub', '10.0.0.2'))
  const [edge, other] = graph.about(VICTIM.ip)
  assert.deepEqual([edge?.count, edge?.frame, edge?.to, other?.kind], [2, first.frame, US, 'index'])
  assert.equal(graph.about(VICTIM.ip, 81).length, 0)
})

test('Channels say yes, no, or that nobody answered there', () => {
  const graph = graphOf(claim('gossip', '10.0.0.2'), claim('gossip', '10.0.0.3'))
  const { channels } = findings(graph, VICTIM.ip, undefined, ASKING)
  assert.deepEqual(
    channels.map(({ channel, tellers, tells }) => `${channel} ${tellers} ${tells}`),
    ['hub 0 no', 'gossip 2 yes', 'table 0 not-asked'],
  )
})

test('Peers alone are sources; who tells most that nobody answers at comes first', () => {
  const graph = graphOf(
    claim('gossip', '10.0.0.2'),
    claim('gossip', '10.0.0.2', { about: { ip: '10.0.0.7', port: 1 } }),
    claim('gossip', '10.0.0.3'),
  )
  assert.deepEqual(originsOf(graph), ['10.0.0.3 exchange 1/1', '10.0.0.2 exchange 1/2'])
})

test('Where an index tells it, peers that tell it too have it from there', () => {
  const graph = graphOf(claim('gossip', '10.0.0.2'), claim('hub', '10.0.0.4'))
  assert.deepEqual(originsOf(graph), ['10.0.0.4 index 1/1'])
  assert.deepEqual(originsOf(graphOf(claim('table', '10.0.0.5'))), ['10.0.0.5 table 1/1'])
})

test('Who registered it for another is the source of all', () => {
  const graph = graphOf(
    claim('hub', '10.0.0.4'),
    claim('announce', '10.0.0.6'),
    claim('announce', VICTIM.ip),
  )
  assert.deepEqual(originsOf(graph), ['10.0.0.6 registered 1/1'])
})

test('GraphML and CSV hold every edge, whatever stands in it', () => {
  const evil = 'a"<&>\u0000\n,\uD800'
  const graph = graphOf(claim('gossip', '10.0.0.2', { id: evil, capture: 'x&y.pcap' }))
  const xml = [...graphmlLines(graph.edges)].join('\n')
  assert.match(xml, /<node id="203\.0\.113\.9:80"><data key="address">203\.0\.113\.9:80<\/data>/)
  assert.match(xml, /<edge source="10\.0\.0\.2:1000" target="203\.0\.113\.9:80">/)
  assert.ok(xml.includes('<data key="id">a&quot;&lt;&amp;&gt;\uFFFD\n,\uFFFD</data>'), xml)
  assert.ok(xml.includes('<data key="capture">x&amp;y.pcap</data>'))
  const [head, ...rows] = [...csvLines(graph.edges)]
  assert.equal(head!.split(',').length, 15)
  assert.ok(rows[0]!.startsWith('10.0.0.2:1000,203.0.113.9:80,x,gossip,exchange,peer,urn:x:1,'))
})
