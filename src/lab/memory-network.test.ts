/** The network in memory: who hears what, when, through which NAT, and that it can be repeated. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesOf } from '../core/bytes.ts'
import { MemoryNetwork, type NetworkSettings } from './memory-network.ts'
import { Nat, type NatKind } from './nat.ts'
import { Shouter, START } from './peers-in-test.ts'

const A = '192.0.2.1'
const B = '198.51.100.2'

function networkOf(settings: Partial<NetworkSettings> = {}): MemoryNetwork {
  const usual = { seed: 1, startMicros: START, delayMicros: [10_000, 10_000], loss: 0 } as const
  return new MemoryNetwork({ ...usual, ...settings })
}

const unheard = () => {}

test('A line goes over a connection in 30 ms and its answer comes in 40', () => {
  const network = networkOf()
  const [a, b] = [new Shouter(7000), new Shouter(7001)]
  network.add(a, A, unheard)
  network.add(b, B, unheard)
  a.order({ do: 'join', at: { ip: B, port: 7001 } })
  network.runUntil(START + 1_000_000)
  assert.deepEqual(a.heard, [`20 opened to ${B}`, '40 line HELLO', '40 line YOU'])
  assert.deepEqual(b.heard, [`10 opened by ${A}`, '30 line hello', '30 line you'])
  assert.equal(network.counts.connections, 1)
})

test('A port nobody listens at refuses at once, an address nobody has after 21 s', () => {
  const network = networkOf()
  const [a, b] = [new Shouter(7000), new Shouter(7001)]
  network.add(a, A, unheard)
  network.add(b, B, unheard)
  a.order({ do: 'join', at: { ip: B, port: 9 } })
  a.order({ do: 'join', at: { ip: '203.0.113.9', port: 9 } })
  network.runUntil(START + 60_000_000)
  assert.deepEqual(a.heard, ['20 refused', '21010 refused'])
})

test('Who is switched off says nothing; who writes to it notices 15 s later', () => {
  const network = networkOf()
  const [a, b] = [new Shouter(7000), new Shouter(7001)]
  network.add(a, A, unheard)
  const home = network.add(b, B, unheard)
  a.order({ do: 'join', at: { ip: B, port: 7001 } })
  network.runUntil(START + 25_000)
  network.remove(home)
  network.runUntil(START + 60_000_000)
  assert.deepEqual(a.heard, [`20 opened to ${B}`, '15030 closed'])
  assert.deepEqual(b.heard, [`10 opened by ${A}`])
})

test('Of datagrams with a loss of a half, about a half comes; streams lose nothing', () => {
  const network = networkOf({ loss: 0.5 })
  const [a, b] = [new Shouter(7000), new Shouter(7001)]
  network.add(a, A, unheard)
  network.add(b, B, unheard)
  for (let i = 0; i < 1000; i++) a.site.sendTo(7000, { ip: B, port: 7001 }, bytesOf('LOUD'))
  a.order({ do: 'join', at: { ip: B, port: 7001 } })
  network.runUntil(START + 60_000_000)
  const came = b.heard.filter((each) => each.includes('datagram')).length
  assert.ok(came > 430 && came < 570, `${came} of 1000 came`)
  const lines = b.heard.filter((each) => each.includes('line')).map((each) => each.split(' ')[2])
  assert.deepEqual(lines, ['hello', 'you'])
})

/** What comes through a NAT: from whom the inside wrote to, its other port, and a stranger. */
const THROUGH: readonly [NatKind, readonly string[]][] = [
  ['full-cone', ['SAME', 'PORT', 'STRANGER']],
  ['address-restricted', ['SAME', 'PORT']],
  ['port-restricted', ['SAME']],
  ['symmetric', ['SAME']],
]

for (const [kind, expected] of THROUGH) {
  test(`A ${kind} NAT lets through ${expected.join(', ')}`, () => {
    const network = networkOf()
    const nat = new Nat('203.0.113.1', kind)
    const [inside, server, stranger] = [new Shouter(7000), new Shouter(7001), new Shouter(7002)]
    network.add(inside, '10.0.0.2', unheard, nat)
    network.add(server, B, unheard)
    network.add(stranger, A, unheard)
    server.site.listen('udp', 8001)
    inside.site.sendTo(7000, { ip: B, port: 7001 }, bytesOf('OUT'))
    network.runUntil(START + 20_000)
    const outside = { ip: '203.0.113.1', port: 20_000 }
    assert.deepEqual(server.heard, ['10 datagram OUT from 203.0.113.1:20000'])
    server.site.sendTo(7001, outside, bytesOf('SAME'))
    server.site.sendTo(8001, outside, bytesOf('PORT'))
    stranger.site.sendTo(7002, outside, bytesOf('STRANGER'))
    network.runUntil(START + 50_000)
    assert.deepEqual(
      inside.heard.map((each) => each.split(' ')[2]),
      expected,
    )
  })
}

test('Through a NAT one connects out; in only where a port was opened', () => {
  const network = networkOf()
  const nat = new Nat('203.0.113.1', 'port-restricted')
  const [inside, outside] = [new Shouter(7000), new Shouter(7001)]
  network.add(inside, '10.0.0.2', unheard, nat)
  network.add(outside, B, unheard)
  inside.order({ do: 'join', at: { ip: B, port: 7001 } })
  outside.order({ do: 'join', at: { ip: '203.0.113.1', port: 7000 } })
  network.runUntil(START + 1_000_000)
  assert.ok(outside.heard.includes('10 opened by 203.0.113.1'))
  assert.ok(outside.heard.includes('20 refused'))
  nat.open('tcp', 7000, { ip: '10.0.0.2', port: 7000 })
  outside.order({ do: 'join', at: { ip: '203.0.113.1', port: 7000 } })
  network.runUntil(START + 2_000_000)
  assert.ok(inside.heard.includes(`1010 opened by ${B}`))
})

test('The last wish to be woken counts', () => {
  const network = networkOf()
  const a = new Shouter(7000)
  network.add(a, A, unheard)
  a.site.wakeAt(START + 5000)
  a.site.wakeAt(START + 9000)
  network.runUntil(START + 1_000_000)
  assert.deepEqual(a.heard, ['9 woke'])
})

test('The same seed gives the same run, another seed another', () => {
  const run = (seed: number): string => {
    const network = networkOf({ seed, loss: 0.2, delayMicros: [1000, 90_000] })
    const peers = Array.from({ length: 20 }, () => new Shouter(7000))
    for (const [i, peer] of peers.entries()) network.add(peer, `192.0.2.${i + 1}`, unheard)
    for (const peer of peers) {
      const ip = `192.0.2.${1 + peer.site.chance(20)}`
      peer.order({ do: 'join', at: { ip, port: 7000 } })
    }
    network.runUntil(START + 60_000_000)
    return JSON.stringify(peers.map(({ heard }) => heard))
  }
  assert.equal(run(5), run(5))
  assert.notEqual(run(5), run(6))
})
