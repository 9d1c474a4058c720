/** Packets and events in, verdicts and decisions out: the wall alone, fed by hand. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromHex, hex } from '../../core/bytes.ts'
import { Names } from './dns/names.ts'
import type { Refused } from './judgement.ts'
import { wallSchema } from './schema.ts'
import {
  CERTAIN,
  flowEnd,
  HOST,
  NEIGHBOUR,
  OTHER,
  PASS,
  PASS_UNREAD,
  PEER,
  recognition,
  SECOND,
  START,
  TRACKER,
  Yard,
} from './wall-in-test.ts'

const LATER = { verdict: 'accept', mark: 0 }
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

test('an undecided flow comes up packet by packet, so many times; of no protocol, it is let go', () => {
  const yard = new Yard({ queue: { packets: 3 } })
  assert.deepEqual(yard.packet(1, { isNew: true, isSyn: true }), LATER)
  assert.deepEqual(yard.packet(1, { side: 1 }), LATER)
  assert.deepEqual(yard.packet(1), PASS_UNREAD)
  assert.deepEqual(yard.packet(2, { isNew: true, isSyn: true }), LATER)
  assert.deepEqual(yard.packet(2, { state: 'nothing' }), PASS)
  assert.deepEqual(yard.decisions, [])
})

test('a flow that is named is dropped, marked and reset on both sides, and said once', () => {
  const yard = new Yard()
  assert.deepEqual(yard.packet(1, { isNew: true, isSyn: true }), LATER)
  const dropped = { verdict: 'drop', mark: 4, reset: 'both' }
  assert.deepEqual(yard.packet(1, { p2p: CERTAIN }), dropped)
  assert.deepEqual(yard.packet(1, { p2p: CERTAIN, side: 1 }), dropped)
  assert.deepEqual(yard.decisions, [
    {
      ...{ type: 'decision', micros: START, flow: 1, ends: [HOST, PEER], carrier: 'tcp' },
      ...{ capture: 'queue', frame: 1, action: 'block', how: 'reset', rule: 'peer-to-peer' },
      ...{ host: '192.0.2.7', family: 'template', part: 'peer', sureness: 'certain' },
      why: ['it spoke'],
    },
  ])
  const held = { host: '192.0.2.7', state: 'held', rule: 'peer-to-peer', micros: START } as const
  assert.deepEqual(yard.changes, [{ ...held, untilMicros: START + 2 * MINUTE, why: ['it spoke'] }])
  assert.deepEqual(yard.wall.hits, [{ rule: 'peer-to-peer', flows: 1 }])
})

test('what was named to a host is refused to it once it is caught, and to nobody else', () => {
  const yard = new Yard()
  yard.names(OTHER)
  yard.names({ ip: '198.51.100.11', port: 443 })
  yard.names(OTHER, START, NEIGHBOUR)
  assert.deepEqual(yard.packet(1, { ends: [HOST, OTHER], isNew: true, isSyn: true }), LATER)
  yard.packet(2, { p2p: CERTAIN, micros: START + 10 * SECOND })
  // The peer of the blocked flow itself, then what was named 10 seconds ago.
  assert.deepEqual(
    yard.refused.map(({ endpoint, seconds, host }) => `${host} ${endpoint.ip} ${seconds}`),
    ['192.0.2.7 198.51.100.10 3590', '192.0.2.7 198.51.100.9 3600'],
  )
  const later = START + MINUTE
  const syn = { isNew: true, isSyn: true, micros: later }
  assert.deepEqual(yard.packet(3, { ...syn, ends: [HOST, OTHER] }), {
    ...{ verdict: 'drop', mark: 4, reset: 'sender' },
  })
  const { action, rule, why, taughtBy, family } = yard.decisions.at(-1)!
  assert.deepEqual([action, rule, family], ['refuse', 'named to a caught host', 'template'])
  assert.deepEqual(why, ['198.51.100.10 was named by 198.51.100.1 via tracker'])
  assert.equal(taughtBy?.frame, 900)
  // The same endpoint for a host that did nothing; a port that is spared; an endpoint nobody named.
  assert.deepEqual(yard.packet(4, { ...syn, ends: [NEIGHBOUR, OTHER] }), LATER)
  assert.deepEqual(
    yard.packet(5, { ...syn, ends: [HOST, { ip: '198.51.100.11', port: 443 }] }),
    LATER,
  )
  assert.deepEqual(yard.packet(6, { ...syn, ends: [HOST, { ...OTHER, port: 1 }] }), LATER)
  // Who was named calls the host: its port is none that anybody named.
  const calls = [
    { ip: OTHER.ip, port: 1025 },
    { ip: HOST.ip, port: 51_000 },
  ] as const
  assert.equal(yard.packet(7, { ...syn, ends: calls }).verdict, 'drop')
  // UDP is told nothing.
  assert.deepEqual(yard.packet(8, { ...syn, isSyn: false, carrier: 'udp', ends: [HOST, OTHER] }), {
    ...{ verdict: 'drop', mark: 4 },
  })
})

test('who sends a datagram that is blocked is not reached where it comes from; a caller may be', () => {
  for (const [carrier, refuses] of [
    ['udp', true],
    ['tcp', false],
  ] as const) {
    const yard = new Yard()
    yard.packet(1, { p2p: CERTAIN, carrier, ends: [OTHER, HOST] })
    const next = yard.packet(2, { isNew: true, isSyn: true, ends: [HOST, OTHER] })
    assert.equal(next.verdict === 'drop', refuses, carrier)
  }
})

test('what is named to a caught host later is told to the kernel one by one, and forgotten in time', () => {
  const yard = new Yard({ learned: { for: '10m' } })
  yard.packet(1, { p2p: CERTAIN })
  yard.refused.length = 0
  yard.names(OTHER, START + 9 * MINUTE)
  const [{ taughtBy, ...refused }] = yard.refused as [Refused]
  assert.equal(yard.refused.length, 1)
  assert.deepEqual(refused, { host: HOST.ip, endpoint: OTHER, carriers: 'both', seconds: 600 })
  assert.equal(taughtBy.micros, START + 9 * MINUTE)
  const at = (micros: number, flow: number) =>
    yard.packet(flow, { ends: [HOST, OTHER], isNew: true, micros }).verdict
  assert.equal(at(START + 9 * MINUTE, 2), 'drop')
  assert.equal(at(START + 10 * MINUTE, 3), 'accept')
})

test('a held host gets no new flow that looks like an encrypted one; everything else it gets', () => {
  const yard = new Yard()
  const odd = { state: 'nothing', fit: 'like noise', ends: [HOST, OTHER] } as const
  assert.deepEqual(yard.packet(1, { isNew: true, ...odd }), PASS_UNREAD)
  yard.packet(2, { p2p: CERTAIN })
  assert.equal(yard.packet(3, { isNew: true, ...odd }).verdict, 'drop')
  assert.equal(yard.said.at(-1), 'lock by peer-to-peer')
  assert.deepEqual(yard.decisions.at(-1)!.why, ['like noise'])
  const plain = { isSyn: true, state: 'nothing', ends: [HOST, OTHER] } as const
  assert.deepEqual(yard.packet(4, plain), PASS)
  assert.deepEqual(yard.packet(5, { isNew: true, ends: [HOST, OTHER] }), LATER)
  const spared = { ...odd, ends: [HOST, { ...OTHER, port: 443 }] } as const
  assert.deepEqual(yard.packet(6, spared), PASS)
  assert.deepEqual(yard.packet(7, { ...odd, ends: [NEIGHBOUR, OTHER] }), PASS_UNREAD)
  const unsure = { ...CERTAIN, sureness: 'unsure' } as const
  assert.equal(yard.packet(8, { p2p: unsure, ends: [HOST, OTHER] }).verdict, 'drop')
  assert.deepEqual(yard.packet(9, { p2p: unsure, ends: [NEIGHBOUR, OTHER] }), LATER)
})

test('what passed before, and looks like an encrypted one, is cut when its host is held', () => {
  const yard = new Yard()
  const odd = { state: 'nothing', fit: 'like noise' } as const
  assert.deepEqual(yard.packet(1, { ...odd, ends: [HOST, OTHER] }), PASS_UNREAD)
  assert.deepEqual(yard.packet(2, { ...odd, ends: [HOST, { ...OTHER, port: 443 }] }), PASS)
  assert.deepEqual(yard.packet(3, { ...odd, ends: [NEIGHBOUR, OTHER] }), PASS_UNREAD)
  const plain = { isSyn: true, state: 'nothing', ends: [HOST, OTHER] } as const
  assert.deepEqual(yard.packet(4, plain), PASS)
  assert.deepEqual(yard.packet(5, { ...odd, ends: [HOST, { ...OTHER, port: 2 }] }), PASS_UNREAD)
  yard.wall.consume(flowEnd(5))
  yard.packet(6, { p2p: CERTAIN, carrier: 'udp' })
  assert.deepEqual(yard.cuts, [{ ends: [HOST, OTHER], carrier: 'tcp', mark: 4, reset: true }])
  assert.deepEqual(yard.said, ['lock by peer-to-peer', 'block by peer-to-peer'])
  yard.packet(7, { p2p: CERTAIN })
  assert.equal(yard.cuts.length, 1)
})

test('the lock is renewed once half of it is over, and ends where nothing renews it', () => {
  const yard = new Yard()
  const odd = { state: 'nothing', fit: 'like noise', ends: [HOST, OTHER] } as const
  const isHeld = (seconds: number) => yard.wall.holding.lockOf(HOST.ip, START + seconds * SECOND)
  yard.packet(1, { p2p: CERTAIN })
  yard.packet(2, { ...odd, micros: START + 50 * SECOND })
  assert.equal(isHeld(119), 'peer-to-peer')
  assert.equal(isHeld(120), undefined)
  yard.packet(3, { ...odd, micros: START + 70 * SECOND })
  assert.equal(isHeld(120), 'peer-to-peer')
  assert.equal(isHeld(189), 'peer-to-peer')
  assert.equal(isHeld(190), undefined)
  yard.wall.tick(START + 189 * SECOND)
  assert.equal(yard.changes.length, 1)
  yard.wall.tick(START + 190 * SECOND)
  assert.deepEqual(yard.changes.at(-1), {
    ...{ host: HOST.ip, state: 'free', rule: 'peer-to-peer', micros: START + 190 * SECOND },
  })
  assert.deepEqual(yard.packet(4, { ...odd, micros: START + 191 * SECOND }), PASS_UNREAD)
})

test('a clock that is set back frees who was held, rather than hold him for years', () => {
  const yard = new Yard()
  yard.packet(1, { p2p: CERTAIN })
  assert.equal(yard.wall.holding.lockOf(HOST.ip, START - HOUR), undefined)
})

test('after 3 in 1h: flows are blocked at once, the host is held at the third', () => {
  const yard = new Yard({ rules: [{ name: 'r', do: 'block for 10m after 3 in 1h' }] })
  const block = (flow: number, minutes: number) =>
    yard.packet(flow, { p2p: CERTAIN, micros: START + minutes * MINUTE }).verdict
  assert.equal(block(1, 0), 'drop')
  assert.equal(block(2, 50), 'drop')
  assert.equal(block(3, 70), 'drop')
  assert.equal(yard.changes.length, 0)
  assert.equal(block(4, 80), 'drop')
  assert.equal(yard.changes[0]?.state, 'held')
  assert.equal(yard.wall.holding.lockOf(HOST.ip, START + 89 * MINUTE), 'r')
  assert.equal(yard.wall.holding.lockOf(HOST.ip, START + 90 * MINUTE), undefined)
})

test('a flow that passes and is named later is cut; one that was none after all passes again', () => {
  const yard = new Yard()
  yard.packet(1, { state: 'nothing', fit: 'like noise' })
  yard.wall.consume(recognition(1))
  const cut = { ends: [HOST, PEER], carrier: 'tcp', mark: 4, reset: true }
  assert.deepEqual(yard.cuts, [cut])
  assert.deepEqual(yard.said, ['block by peer-to-peer'])
  yard.wall.consume(recognition(1, { withdrawn: 'it was not' }))
  assert.deepEqual(yard.cuts.at(-1), { ...cut, mark: 1, reset: false })
  // A flow that is still looked at is decided with its packet.
  yard.packet(2, { isNew: true })
  yard.wall.consume(recognition(2))
  assert.equal(yard.cuts.length, 2)
  // A neighbour is let be.
  const vpn = new Yard({}, { neighbours: new Set(['template']) })
  vpn.packet(1, { state: 'nothing' })
  vpn.wall.consume(recognition(1))
  assert.deepEqual(vpn.cuts, [])
})

test('a permitted flow is cut when the kind of its file is known and not permitted', () => {
  const rules = [
    { name: 'no films', what: { kind: ['video'] }, do: 'block drop' },
    { name: 'the rest', do: 'permit' },
  ]
  const yard = new Yard({ rules })
  assert.deepEqual(yard.packet(1, { p2p: CERTAIN }), PASS)
  const said = { by: PEER, content: 'urn:x:2', via: 'metadata' }
  const stamp = recognition(1)
  yard.wall.consume({ ...stamp, ...said, type: 'share', name: 'a song.mp3' })
  assert.deepEqual(yard.cuts, [])
  yard.wall.consume({ ...stamp, ...said, type: 'share', name: 'A Film.MKV' })
  assert.deepEqual(yard.said, ['permit by the rest', 'block by no films'])
  assert.deepEqual(yard.cuts, [{ ends: [HOST, PEER], carrier: 'tcp', mark: 4, reset: false }])
  // Another flow moves the same content, and says no name.
  assert.deepEqual(yard.packet(2, { p2p: CERTAIN, ends: [HOST, OTHER] }), PASS)
  const request = { by: HOST, of: PEER, what: 'piece', content: 'urn:x:2' }
  yard.wall.consume({ ...stamp, ...request, type: 'request', flow: 2 })
  assert.equal(yard.cuts.length, 2)
})

test('what is to be learned from passes, comes up to its end, and catches its host', () => {
  const rules = [{ name: 'ask', what: { part: ['tracker'] }, do: 'learn' }]
  const yard = new Yard({ rules })
  const p2p = { ...CERTAIN, part: 'tracker' }
  assert.deepEqual(yard.packet(1, { p2p, ends: [HOST, TRACKER] }), LATER)
  yard.names(OTHER)
  assert.deepEqual(yard.packet(1, { p2p, ends: [HOST, TRACKER], side: 1 }), LATER)
  assert.equal(yard.packet(2, { isNew: true, isSyn: true, ends: [HOST, OTHER] }).verdict, 'drop')
  assert.deepEqual(yard.said, ['learn by ask', 'refuse by named to a caught host'])
  assert.deepEqual(yard.changes, [])
})

test('a throttled flow has the mark of its rule', () => {
  const rules = [
    { what: { part: ['peer'] }, do: 'throttle 1MB/s' },
    { do: 'throttle 64kB/s per flow' },
  ]
  const yard = new Yard({ rules })
  assert.deepEqual(yard.packet(1, { p2p: CERTAIN }), {
    ...{ verdict: 'accept', mark: 2, rate: 1_000_000 },
  })
  assert.deepEqual(yard.packet(2, { p2p: { ...CERTAIN, part: 'dht' } }), {
    ...{ verdict: 'accept', mark: 10, rate: 64_000 },
  })
})

test('limits count new flows and peers of one host; what is one too many waits', () => {
  const yard = new Yard({ limits: { flows: '2 in 1m', peers: '2 in 10m' } })
  const syn = (flow: number, peer: string, seconds: number, host = HOST) =>
    yard.packet(flow, {
      ...{ isNew: true, isSyn: true, ends: [host, { ip: peer, port: 443 }] },
      micros: START + seconds * SECOND,
    })
  assert.deepEqual(syn(1, '203.0.113.1', 0), LATER)
  assert.deepEqual(syn(2, '203.0.113.2', 1), LATER)
  assert.deepEqual(syn(3, '203.0.113.2', 2), { verdict: 'drop', mark: 0 })
  assert.deepEqual(syn(4, '203.0.113.2', 3), { verdict: 'drop', mark: 0 })
  assert.deepEqual(syn(5, '203.0.113.2', 3, NEIGHBOUR), LATER)
  assert.deepEqual(yard.said, ['block by limit: 2 new flows in 1m'])
  assert.deepEqual(syn(3, '203.0.113.2', 63), LATER)
  assert.deepEqual(syn(6, '203.0.113.3', 64), { verdict: 'drop', mark: 0 })
  assert.equal(yard.said.at(-1), 'block by limit: 2 peers in 10m')
})

test('a host is known by its MAC once it spoke, also where it is called; by it, whose it is', () => {
  const mac = '02:00:00:00:00:aa'
  const rules = [{ name: 'alice', who: ['alice'], do: 'block drop' }]
  const yard = new Yard({ accounts: { bob: ['192.0.2.9'], alice: [mac] }, rules })
  const called = { carrier: 'udp', ends: [PEER, HOST], p2p: CERTAIN } as const
  // The frame of who calls is the router's.
  const router = { srcMac: '02:00:00:00:00:01' }
  assert.equal(yard.packet(1, { ...called, ...router }).verdict, 'accept')
  yard.packet(2, { isNew: true, isSyn: true, srcMac: mac.toUpperCase() })
  assert.equal(yard.packet(3, { ...called, ...router }).verdict, 'drop')
  assert.equal(yard.said.at(-1), 'block by alice')
  assert.equal(yard.changes[0]?.account, 'alice')
  const other = { ...called, ...router, ends: [PEER, NEIGHBOUR] } as const
  assert.equal(yard.packet(4, other).verdict, 'accept')
})

test('in mode deny nothing passes that is not permitted, and what is, is untouched', () => {
  const yard = new Yard({ mode: 'deny', permit: { ports: ['tcp/443'] }, rules: [] })
  const web = [HOST, { ip: PEER.ip, port: 443 }] as const
  assert.deepEqual(yard.packet(1, { isNew: true, isSyn: true, ends: web }), LATER)
  assert.deepEqual(yard.packet(1, { state: 'nothing', ends: web }), PASS)
  assert.deepEqual(yard.packet(2, { isNew: true, isSyn: true }), {
    ...{ verdict: 'drop', mark: 4, reset: 'sender' },
  })
  assert.equal(yard.packet(3, { p2p: CERTAIN, ends: web }).verdict, 'drop')
  assert.deepEqual(yard.said, ['block by not permitted', 'block by not permitted'])
})

test('what a list holds is dropped at its first packet, from either side', () => {
  const listed = (ip: string) => (ip === OTHER.ip ? 'level1' : undefined)
  const yard = new Yard({}, { listed })
  assert.equal(yard.packet(1, { ends: [HOST, OTHER], isNew: true, isSyn: true }).verdict, 'drop')
  assert.equal(yard.packet(2, { ends: [OTHER, HOST], isNew: true, isSyn: true }).verdict, 'drop')
  assert.deepEqual(yard.packet(3, { isNew: true, isSyn: true }), LATER)
  assert.deepEqual(yard.said, ['block by list level1', 'block by list level1'])
})

test('a dropped datagram of ours is answered as by its receiver; one from outside never', () => {
  const answer = Uint8Array.of(1, 2)
  const decoy = { answer: (asked: Uint8Array) => (asked[0] === 7 ? answer : undefined) }
  const yard = new Yard({}, { decoys: new Map([['template', decoy]]) })
  const ping = { carrier: 'udp', payload: Uint8Array.of(7), p2p: CERTAIN } as const
  const answered = { verdict: 'drop', mark: 0, decoy: answer }
  assert.deepEqual(yard.packet(1, ping), answered)
  assert.deepEqual(yard.packet(1, ping), answered)
  assert.deepEqual(yard.packet(1, { ...ping, side: 1 }), { verdict: 'drop', mark: 0 })
  assert.equal(yard.decisions.length, 1)
  assert.deepEqual(yard.packet(2, { ...ping, ends: [PEER, HOST] }), { verdict: 'drop', mark: 4 })
  assert.deepEqual(yard.packet(3, { ...ping, payload: Uint8Array.of(8) }), {
    ...{ verdict: 'drop', mark: 4 },
  })
  const off = new Yard({ decoys: false }, { decoys: new Map([['template', decoy]]) })
  assert.deepEqual(off.packet(1, ping), { verdict: 'drop', mark: 4 })
})

test('a query for a refused name is answered here, other queries go on, and all of them come up', () => {
  const yard = new Yard({}, { names: new Names(['tracker.example']) })
  const resolver = { ip: '203.0.113.53', port: 53 }
  const dns = { carrier: 'udp', state: 'nothing', ends: [HOST, resolver] } as const
  const query = (name: string) => fromHex(`abcd01000001000000000000${name}0000010001`)
  const refused = query('07747261636b6572' + '076578616d706c65')
  const judged = yard.packet(1, { ...dns, payload: refused })
  assert.deepEqual([judged.verdict, judged.mark], ['drop', 0])
  // QR, RD, RA, REFUSED; the question.
  assert.equal(hex(judged.decoy!), `abcd8185${hex(refused).slice(8)}`)
  assert.deepEqual(yard.packet(1, { ...dns, payload: query('036f7267') }), LATER)
  assert.deepEqual(yard.packet(1, { ...dns, side: 1, payload: refused }), LATER)
  assert.equal(yard.packet(1, { ...dns, payload: refused }).verdict, 'drop')
  assert.deepEqual(yard.said, ['refuse by refused names'])
  assert.deepEqual(yard.decisions[0]!.why, [
    'asked for tracker.example',
    'tracker.example is refused',
  ])
  // Without names nothing of DNS comes up.
  assert.deepEqual(new Yard().packet(1, { ...dns, payload: refused }), PASS)
})

test('another policy holds for all that comes up, also what was decided before', () => {
  const yard = new Yard()
  yard.packet(1, { p2p: CERTAIN })
  yard.wall.usePolicy(wallSchema.parse({ rules: [{ name: 'all', do: 'permit' }] }), [])
  assert.equal(yard.changes.at(-1)?.state, 'free')
  assert.deepEqual(yard.packet(1, { p2p: CERTAIN }), PASS)
  assert.deepEqual(yard.packet(2, { p2p: CERTAIN }), PASS)
  assert.deepEqual(yard.said, ['block by peer-to-peer', 'permit by all', 'permit by all'])
})
