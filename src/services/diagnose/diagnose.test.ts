/** Each cause by a small world of its own; what is no cause is never confirmed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Endpoint } from '../../core/address.ts'
import type { Claim, Event, Flow, Stamp } from '../../core/event.ts'
import { diagnose } from './diagnose.ts'
import { Evidence, type EvidenceOptions, type Life } from './evidence.ts'
import { farmsOf } from './farms.ts'
import { observe } from './observe.ts'
import { portSwapped, realigned, reversed, rot16, swap16 } from './permutations.ts'
import { testOf } from './test-of.ts'

const STAMP: Stamp = {
  ...{ family: 'f', flow: 1, micros: 1_000_000, carrier: 'tcp', capture: 'a', frame: 1 },
  ends: [
    { ip: '198.51.100.1', port: 1 },
    { ip: '198.51.100.2', port: 2 },
  ],
}

function claim(by: Endpoint, about: Endpoint, more: Partial<Claim> = {}): Claim {
  return {
    ...{ ...STAMP, type: 'claim', by, about, part: 'peer', carriers: 'tcp', via: 'exchange' },
    ...more,
  }
}

function flow(from: Endpoint, to: Endpoint, life: Life, more: Partial<Flow> = {}): Flow {
  const p2p = { family: 'f', part: 'peer', sureness: 'certain', reasons: [] } as const
  const isAnswered = life !== 'silent'
  return {
    ...{ type: 'flow', flow: 1, micros: 2_000_000, capture: 'a', frame: 1, proto: 'TCP' },
    ...{ protoNumber: 6, ends: [from, to], startMicros: 2_000_000, endMicros: 2_000_001 },
    ...{ packets: [2, isAnswered ? 2 : 0], bytes: [100, 100], fromStart: true },
    ...{ payloadBytes: [isAnswered ? 68 : 0, life === 'peer' ? 68 : 0] },
    ...{ tcpFlags: [2, isAnswered ? 0x12 : 0], reason: 'closed' },
    ...(life === 'peer' && { p2p }),
    ...more,
  } as Flow
}

const ME = { ip: '8.8.1.1', port: 4000 }
const TELLER = { ip: '9.9.9.9', port: 6881 }
/** Peers of no special network, in no order. */
const PEERS = Array.from({ length: 40 }, (_, i) => ({
  ip: `${11 + 3 * i}.${(7 * i) % 256}.${(11 * i + 60) % 256}.${130 + i}`,
  port: 20_000 + 77 * i,
}))

function causes(events: readonly Event[], options: EvidenceOptions = {}) {
  const evidence = new Evidence(options)
  for (const event of events) observe(event, evidence)
  const [diagnosis] = diagnose(evidence, 0)
  const verdicts = Object.fromEntries(
    diagnosis!.causes.map(({ hypothesis, verdict }) => [hypothesis, verdict]),
  )
  const confirmed = diagnosis!.causes
    .filter(({ verdict }) => verdict === 'confirmed')
    .map(({ hypothesis }) => hypothesis)
  return { diagnosis: diagnosis!, verdicts, confirmed, evidence }
}

/** All peers answer, and what is told in their place is called in vain. */
function misled(mistake: (at: Endpoint) => Endpoint | undefined): Event[] {
  return PEERS.flatMap((peer) => [
    flow(ME, peer, 'peer'),
    claim(TELLER, mistake(peer)!),
    flow(ME, mistake(peer)!, 'silent'),
  ])
}

test('orders of octets are those of the method', () => {
  const at = { ip: '1.2.3.4', port: 0x1236 }
  assert.equal(reversed(at)!.ip, '4.3.2.1')
  assert.equal(swap16(at)!.ip, '2.1.4.3')
  assert.equal(rot16(at)!.ip, '3.4.1.2')
  assert.equal(portSwapped(at)!.port, 0x3612)
  assert.equal(reversed({ ip: '7.1.1.7', port: 1 }), undefined)
  assert.equal(reversed({ ip: '2001:db8::1', port: 1 }), undefined)
})

test('a list read two bytes late: the next entry is put together from two', () => {
  // 10.0.0.1:258 20.0.0.2:772 30.0.0.3:5 read two bytes late is 0.1.1.2:5120, 0.2.3.4:7680.
  const late = [
    { ip: '0.1.1.2', port: 5120 },
    { ip: '0.2.3.4', port: 7680 },
  ] as const
  assert.deepEqual(realigned(late[0], late[1], 2), { ip: '20.0.0.2', port: 772 })
})

test('half are needed, ten times the best control, and less chance than one in a thousand', () => {
  const none = [{ name: 'c', tested: 100, hits: 0 }]
  assert.equal(testOf({ tested: 100, hits: 50 }, none).verdict, 'confirmed')
  assert.equal(testOf({ tested: 100, hits: 49 }, none).verdict, 'supported')
  assert.equal(testOf({ tested: 100, hits: 1 }, none).verdict, 'refuted')
  assert.equal(testOf({ tested: 0, hits: 0 }, none).verdict, 'untested')
  const some = [{ name: 'c', tested: 100, hits: 6 }]
  assert.equal(testOf({ tested: 100, hits: 60 }, some).verdict, 'confirmed')
  assert.equal(testOf({ tested: 100, hits: 59 }, some).verdict, 'refuted')
  // Two of two may be chance; 0.001 is not less than 0.001.
  assert.equal(testOf({ tested: 2, hits: 2 }, none).verdict, 'untested')
  assert.equal(
    testOf({ tested: 3, hits: 3 }, [{ name: 'c', tested: 9, hits: 0 }]).verdict,
    'refuted',
  )
})

test('octets in reverse are found, and nothing else', () => {
  const { confirmed, diagnosis } = causes(misled(reversed))
  assert.deepEqual(confirmed, ['byte-order'])
  assert.equal(diagnosis.endpoints, 40)
  assert.equal(diagnosis.reversedShare, 1)
  const [first] = diagnosis.examples
  assert.equal(reversed(first!.at)!.ip, first!.meant!.ip)
})

test('other orders are not taken for the reverse', () => {
  for (const mistake of [swap16, rot16]) assert.deepEqual(causes(misled(mistake)).confirmed, [])
  assert.deepEqual(causes(misled(portSwapped)).confirmed, ['port-order'])
})

test('a list read from the wrong byte is found', () => {
  const entries = PEERS.flatMap(({ ip, port }) => [
    ...ip.split('.').map(Number),
    Math.floor(port / 256),
    port % 256,
  ])
  const late = Array.from({ length: PEERS.length - 1 }, (_, i) => {
    const bytes = entries.slice(6 * i + 4, 6 * i + 10)
    return { ip: bytes.slice(0, 4).join('.'), port: 256 * bytes[4]! + bytes[5]! }
  })
  const events = [
    ...PEERS.map((peer) => flow(ME, peer, 'peer')),
    ...late.flatMap((at) => [claim(TELLER, at), flow(ME, at, 'silent')]),
  ]
  assert.deepEqual(causes(events).confirmed, ['misaligned-list'])
})

test('private addresses are a leak; those that answer are at home', () => {
  const inside = Array.from({ length: 20 }, (_, i) => ({
    ip: `192.168.1.${50 + i}`,
    port: 5000 + i,
  }))
  const leaks = inside.map((at) => claim(TELLER, at))
  assert.deepEqual(causes(leaks).confirmed, ['private-address'])
  // Of one private network to another host of it.
  const one = { ip: '192.168.1.2', port: 1 }
  const within = inside.map((at) => claim(one, at, { ends: [one, TELLER] }))
  assert.deepEqual(causes(within).confirmed, [])
  // Nor what a server outside tells one who is in it.
  const home = inside.map((at) => claim(TELLER, at, { ends: [one, TELLER] }))
  assert.deepEqual(causes(home).confirmed, [])
  const gone = inside.map((at) => flow(ME, at, 'silent'))
  assert.deepEqual(causes([...within, ...gone]).confirmed, [])
  const here = inside.flatMap((at) => [flow(ME, at, 'peer'), claim(TELLER, at)])
  const { diagnosis, confirmed } = causes(here)
  assert.deepEqual(confirmed, [])
  assert.deepEqual(diagnosis.bogus, { dark: 0, unroutable: 0, unannounced: 0, silent: 0 })
})

test('who was a peer before, and is gone when he is told, is stale', () => {
  const evidence = new Evidence({ isDark: (ip) => ip !== TELLER.ip })
  for (const peer of PEERS) observe(flow(ME, peer, 'peer'), evidence)
  for (const peer of PEERS) observe(claim(TELLER, peer, { micros: 9_000_000 }), evidence)
  const verdicts = diagnose(evidence, 0)[0]!.causes.filter(({ verdict }) => verdict === 'confirmed')
  assert.deepEqual(
    verdicts.map(({ hypothesis }) => hypothesis),
    ['stale-address'],
  )
})

test('a server that many call because it was told by several channels is flooded', () => {
  const server = { ip: '93.184.216.34', port: 80 }
  const called = (callers: number) => [
    claim(TELLER, server, { via: 'pex' }),
    claim(TELLER, server, { via: 'tracker' }),
    ...Array.from({ length: callers }, (_, i) =>
      flow({ ip: `8.8.2.${i}`, port: 5000 }, server, 'answers'),
    ),
  ]
  assert.deepEqual(causes(called(10)).confirmed, ['flooding'])
  assert.deepEqual(causes(called(9)).confirmed, [])
  // A peer that listens where web servers do.
  assert.deepEqual(causes([...called(20), flow(ME, server, 'peer')]).confirmed, [])
})

/** So many peers on each of some addresses of one /24, that tell of nobody who is there. */
function farm(addresses: number, software: (i: number) => string, network = '66.0.7'): Event[] {
  const events: Event[] = []
  for (let i = 0; i < addresses; i++) {
    for (let j = 0; j < 30; j++) {
      const at = { ip: `${network}.${10 + i}`, port: 10_000 + j }
      events.push(flow(ME, at, 'peer'))
      events.push({ ...STAMP, type: 'client', who: at, software: software(i) })
      events.push(claim(at, { ip: `240.1.${i}.${j}`, port: 1 }))
    }
  }
  return events
}

test('a farm is one only if all five hold', () => {
  const farmers = (events: readonly Event[], answers: boolean | undefined) => {
    const liveness = { of: () => 'unknown' as const, answersMadeUp: () => answers }
    return farmsOf(causes(events, { liveness }).evidence)
  }
  const same = () => 'Azureus 2.5.0.0'
  const [found, ...rest] = farmers(farm(5, same), true)
  assert.deepEqual(rest, [])
  assert.deepEqual(
    [found!.network, found!.addresses.length, found!.peers, found!.software, found!.sureness],
    ['66.0.7.0/24', 5, 150, 'Azureus 2.5.0.0', 'certain'],
  )
  assert.equal(farmers(farm(5, same), undefined)[0]!.sureness, 'suspected')
  assert.deepEqual(farmers(farm(5, same), false), [])
  assert.deepEqual(farmers(farm(3, same), true), [])
  assert.deepEqual(
    farmers(
      farm(5, (i) => `Client ${i}`),
      true,
    ),
    [],
  )
  // Each of them also tells of one who is there.
  const honest = Array.from({ length: 5 }, (_, i) =>
    claim({ ip: `66.0.7.${10 + i}`, port: 10_000 }, PEERS[0]!),
  )
  const peer = flow(ME, PEERS[0]!, 'peer')
  assert.deepEqual(farmers([...farm(5, same), ...honest, peer], true), [])
})

test('what a farm tells is an injection, and its share of the connections is told', () => {
  const liveness = {
    of: () => 'unknown' as const,
    answersMadeUp: (ip: string) => ip.startsWith('66.0.7.'),
  }
  const honest = PEERS.flatMap((peer, i) => [
    flow(ME, peer, 'peer'),
    claim(TELLER, peer),
    claim(PEERS[(i + 1) % PEERS.length]!, peer),
  ])
  const { confirmed, diagnosis } = causes([...farm(5, () => 'A 1'), ...honest], { liveness })
  assert.deepEqual(confirmed, ['injection'])
  assert.deepEqual(diagnosis.injection.connections, { farms: 150, all: 190 })
})

test('the client that tells what is bogus is blamed, the channel named, the class told', () => {
  const says = (who: Endpoint, software: string) =>
    ({ ...STAMP, type: 'client', who, software }) as const
  const good = PEERS.flatMap((by, i) => [
    says(by, i < 20 ? 'Good 1' : 'Good 2'),
    ...PEERS.filter((_, j) => j % 4 === i % 4 && j !== i).map((about) => claim(by, about)),
    claim({ ip: '9.9.9.1', port: 80 }, by, { via: 'tracker' }),
  ])
  const { diagnosis } = causes([...misled(reversed), ...good, says(TELLER, 'Bad 3')])
  const blamed = diagnosis.blame.clients.filter(({ isBlamed }) => isBlamed)
  assert.deepEqual(
    blamed.map(({ software }) => software),
    ['Bad 3'],
  )
  assert.deepEqual(
    diagnosis.channels.map(({ via, kind, spreads }) => [via, kind, spreads]),
    [
      ['exchange', 'exchange', 'yes'],
      ['tracker', 'index', 'no'],
    ],
  )
  // All that he meant are peers that were heard.
  assert.equal(
    diagnosis.dissemination.find(({ software }) => software === 'Bad 3')!.passes,
    'handshake',
  )
})

test('clients that pass on who never answered, or only took the connection, are told apart', () => {
  const told = (life: Life) =>
    PEERS.flatMap((peer, i) => [
      flow(ME, peer, i % 2 === 0 ? 'peer' : life),
      claim(TELLER, peer),
      { ...STAMP, type: 'client', who: TELLER, software: 'X' } as const,
    ])
  const classOf = (life: Life) => causes(told(life)).diagnosis.dissemination[0]!.passes
  assert.equal(classOf('silent'), 'full')
  assert.equal(classOf('answers'), 'partial')
  assert.equal(classOf('peer'), 'handshake')
})

test('what was called in reverse, though it was told right, is found at the one who called', () => {
  const events = PEERS.flatMap((peer) => [
    flow(ME, peer, 'peer'),
    claim(TELLER, peer),
    flow(ME, reversed(peer)!, 'silent'),
  ])
  const evidence = new Evidence()
  for (const event of events) observe(event, evidence)
  const [told, asked] = diagnose(evidence, 0)
  assert.deepEqual(
    told!.causes.filter(({ verdict }) => verdict === 'confirmed'),
    [],
  )
  assert.equal(asked!.of, 'asked')
  assert.equal(asked!.causes[0]!.hypothesis, 'byte-order')
  assert.equal(asked!.causes[0]!.verdict, 'confirmed')
})

test('where the bytes allow two readings, nobody is accused', () => {
  const events = PEERS.flatMap((peer) => [
    flow(ME, peer, 'peer'),
    claim(TELLER, reversed(peer)!, { reading: 'natural' }),
    flow({ ip: '8.8.1.2', port: 1 }, reversed(peer)!, 'silent'),
  ])
  const evidence = new Evidence()
  for (const event of events) observe(event, evidence)
  assert.deepEqual(diagnose(evidence, 0), [])
})
