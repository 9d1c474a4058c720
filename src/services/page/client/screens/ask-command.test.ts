/** A command that asks others names the content and whom to ask, or it is none. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FlowRow, IncidentRow, Propagation, PropagationEdge } from '../../../../core/store.ts'
import { askable, commandText, contentOf, tellerText } from './ask-command.ts'

const ASKS = [
  { via: 'tracker', carrier: 'tcp', part: 'tracker' },
  { via: 'pex', carrier: 'tcp', part: 'peer' },
  { via: 'values', carrier: 'udp', part: 'dht' },
] as const
const URN = `urn:btih:${'ab'.repeat(20)}`

function told(from: string, to: string, via: string): PropagationEdge {
  const at = { run: 1, micros: 1, capture: 'a.pcap', frame: 1, flow: '1.1' }
  return { ...at, kind: 'told', from, to, via, family: 'f', count: 1, lastMicros: 1 }
}

function node(id: string, layer: number) {
  return { id, name: id, kind: 'host', hosts: 1, layer, firstMicros: 1 } as const
}

test('only who told it first, by a way that can be asked, is asked; each once', () => {
  const edges = [
    told('192.0.2.1', '10.0.0.1', 'tracker'),
    told('192.0.2.1', '10.0.0.2', 'tracker'),
    told('192.0.2.2', '10.0.0.1', 'hearsay'),
    told('10.0.0.1', '10.0.0.3', 'pex'),
  ]
  const nodes = [node('192.0.2.1', 0), node('192.0.2.2', 0), node('10.0.0.1', 1)]
  const ways: Propagation = {
    of: URN,
    nodes,
    edges,
    tellings: 4,
    calls: 0,
    announced: 0,
    cut: false,
  }
  assert.deepEqual(
    askable(ways, () => ASKS),
    [edges[0]],
  )
})

test('a teller is asked on the port where it listens; who opened a connection has none', () => {
  const ends = { srcIp: '10.0.0.1', srcPort: 50_000, dstIp: '192.0.2.1', dstPort: 6969 }
  const tcp = { ...ends, proto: 'tcp' } as FlowRow
  const udp = { ...ends, proto: 'udp' } as FlowRow
  const text = (from: string, via: string, flow: FlowRow) =>
    tellerText(told(from, '10.0.0.9', via), flow, ASKS)
  assert.equal(text('192.0.2.1', 'tracker', tcp), 'tracker@192.0.2.1:6969')
  assert.equal(text('10.0.0.1', 'pex', tcp), undefined)
  assert.equal(text('10.0.0.1', 'values', udp), 'dht@10.0.0.1:50000')
  assert.equal(text('192.0.2.1', 'values', tcp), undefined)
})

test('a command permits whom it asks beyond this machine, and holds nothing a shell would run', () => {
  assert.equal(
    commandText('198.51.100.7:6881', URN, ['tracker@192.0.2.1:6969', 'dht@127.0.0.1:50000']),
    `peerscope backtrack 198.51.100.7:6881 ${URN} --ask tracker@192.0.2.1:6969 --allow 192.0.2.1/32 --ask dht@127.0.0.1:50000 -w crawl.pcapng`,
  )
  const asked = (name: string) =>
    contentOf('198.51.100.7:6881', [{ contents: [{ name, count: 1 }] } as unknown as IncidentRow])
  assert.equal(asked(URN), URN)
  assert.equal(asked('urn:x:$(reboot)'), undefined)
  assert.equal(asked('a name'), undefined)
})
