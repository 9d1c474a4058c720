/** DNS that gives the address of nobody, indexes into which somebody put bogus entries, crowds of ids. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Endpoint } from '../../core/address.ts'
import { fromHex } from '../../core/bytes.ts'
import type { Claim, Event, Flow, Stamp } from '../../core/event.ts'
import { randomFrom } from '../../core/random.ts'
import { diagnose } from './diagnose.ts'
import { dnsAnswer } from './dns-answers.ts'
import { Evidence, type EvidenceOptions } from './evidence.ts'
import { nameOfHost } from './misdirection.ts'
import { observe } from './observe.ts'

const TRACKER = { ip: '9.9.9.1', port: 6969 }
const STAMP: Stamp = {
  ...{ family: 'f', flow: 1, micros: 1_000_000, carrier: 'tcp', capture: 'a', frame: 7 },
  ends: [{ ip: '8.8.1.1', port: 4000 }, TRACKER],
}

function claim(by: Endpoint, about: Endpoint, more: Partial<Claim> = {}): Claim {
  const how = { part: 'peer', carriers: 'tcp', via: 'tracker', content: 'urn:a' } as const
  return { ...STAMP, type: 'claim', by, about, ...how, ...more }
}

function flow(from: Endpoint, to: Endpoint, isPeer: boolean): Flow {
  const p2p = { family: 'f', part: 'peer', sureness: 'certain', reasons: [] } as const
  return {
    ...{ type: 'flow', flow: 1, micros: 2_000_000, capture: 'a', frame: 9, proto: 'TCP' },
    ...{ protoNumber: 6, ends: [from, to], startMicros: 2_000_000, endMicros: 2_000_001 },
    ...{ packets: [2, isPeer ? 2 : 0], bytes: [100, 100], fromStart: true, reason: 'closed' },
    ...{ payloadBytes: [68, isPeer ? 68 : 0], tcpFlags: [2, isPeer ? 0x12 : 0], p2p },
  }
}

function causes(events: readonly Event[], options: EvidenceOptions, of: 'told' | 'asked') {
  const evidence = new Evidence(options)
  for (const event of events) observe(event, evidence)
  const diagnosis = diagnose(evidence, 0).find((each) => each.of === of)!
  return new Map(diagnosis.causes.map((cause) => [cause.hypothesis, cause]))
}

const callers = Array.from({ length: 40 }, (_, i) => ({ ip: `8.8.2.${i}`, port: 5000 + i }))
/** On the Internet, as far as the registries know. */
const DARK = { ip: '9.8.7.6', port: 6969 }
const isDark = (ip: string) => ip === DARK.ip || ip.startsWith('198.51.100.')

test('an answer of DNS gives its addresses to the name that was asked for', () => {
  // Response, one question, two answers: an alias, and 198.51.100.7 for it.
  const head = '1234 8180 0001 0002 0000 0000'
  const question = '07 547261636b6572 07 6578616d706c65 00 0001 0001'
  const alias = 'c00c 0005 0001 00000e10 0004 01 61 c014'
  const address = 'c02d 0001 0001 00000e10 0004 c6336407'
  const bytes = (...parts: string[]) => fromHex(parts.join('').replaceAll(' ', ''))
  const whole = bytes(head, question, alias, address)
  assert.deepEqual(dnsAnswer(whole), { name: 'tracker.example', ips: ['198.51.100.7'] })
  // Cut, asked, refused, of two questions, and without an address.
  assert.equal(dnsAnswer(whole.subarray(0, whole.length - 1)), undefined)
  assert.equal(dnsAnswer(bytes(head.replace('8180', '0100'), question)), undefined)
  assert.equal(dnsAnswer(bytes(head.replace('8180', '8183'), question, alias, address)), undefined)
  assert.equal(dnsAnswer(bytes(head.replace('0001', '0002'), question, alias, address)), undefined)
  assert.equal(dnsAnswer(bytes('1234 8180 0001 0001 0000 0000', question, alias)), undefined)
  for (let size = 0; size < whole.length; size++) dnsAnswer(whole.subarray(0, size))
})

test('a name of a host is one with dots that is no address', () => {
  assert.equal(nameOfHost('Tracker.Example.NET:6969'), 'tracker.example.net')
  for (const none of ['192.0.2.1:80', '[2001:db8::1]', 'localhost', 'a b.c', '']) {
    assert.equal(nameOfHost(none), undefined, none)
  }
})

test('calls to where nobody is, under a name, are misdirection by DNS', () => {
  const calls = callers.map((from) => flow(from, DARK, false))
  const host = (name: string): Event => ({
    ...{ ...STAMP, type: 'message', log: 'l', name: 'tracker-request', side: 0 },
    ...{ ends: [callers[0]!, DARK], fields: { host: name } },
  })
  const seedOf = (name: string) => (name === 'tracker.example.net' ? 'tracker' : undefined)
  const found = causes([host('tracker.example.net:6969'), ...calls], { isDark, seedOf }, 'asked')
  const cause = found.get('dns-misdirection')!
  assert.equal(cause.verdict, 'confirmed')
  assert.deepEqual([cause.hits, cause.tested], [40, 40])
  assert.match(cause.text, /tracker\.example\.net, known as tracker, stands for 9\.8\.7\.6:6969/)
  assert.match(cause.text, /frame 7 of a\), called by 40\./)
  // Without the name, and where the one who does not answer may only be gone.
  assert.equal(causes(calls, { isDark }, 'asked').get('dns-misdirection')!.verdict, 'refuted')
  const gone = causes([host('tracker.example.net'), ...calls], {}, 'asked')
  assert.equal(gone.get('dns-misdirection')!.verdict, 'untested')
})

/** Good peers, each told for one content by a tracker, which they told themselves. */
const good = Array.from({ length: 100 }, (_, i) => ({ ip: `11.1.${i}.9`, port: 20_000 + i }))
const swarm = good.flatMap((peer, i): Event[] => [
  claim(peer, peer, { via: 'announce', ends: [peer, TRACKER] }),
  claim(TRACKER, peer, { content: `urn:${i % 5}` }),
])
const bogus = Array.from({ length: 12 }, (_, i) => ({ ip: `198.51.100.${i}`, port: 6881 }))

test('what a stranger announced in the place of others is a poisoned index', () => {
  const planter = { ip: '66.6.6.6', port: 1 }
  const planted = bogus.flatMap((about): Event[] => [
    claim(planter, about, { via: 'announce', ends: [planter, TRACKER] }),
    claim(TRACKER, about),
  ])
  const cause = causes([...swarm, ...planted], { isDark }, 'told').get('poisoning')!
  assert.equal(cause.verdict, 'confirmed')
  assert.deepEqual([cause.hits, cause.tested], [12, 12])
  assert.match(cause.text, /12 were put in by 1 others than themselves/)
  // Told and nothing else is no sign.
  const only = bogus.map((about) => claim(TRACKER, about))
  assert.equal(causes([...swarm, ...only], { isDark }, 'told').get('poisoning')!.verdict, 'refuted')
})

test('who is told for ten contents, or by one who knows peers of what is not, was put in', () => {
  const forAll = (contents: number) =>
    bogus.flatMap((about) =>
      Array.from({ length: contents }, (_, i) => claim(TRACKER, about, { content: `urn:x${i}` })),
    )
  const verdict = (events: readonly Event[], options: EvidenceOptions) =>
    causes(events, { isDark, ...options }, 'told').get('poisoning')!.verdict
  assert.equal(verdict([...swarm, ...forAll(10)], {}), 'confirmed')
  assert.equal(verdict([...swarm, ...forAll(9)], {}), 'refuted')
  const liar = { ip: '77.7.7.7', port: 1 }
  const values = bogus.map((about) => claim(liar, about, { via: 'dht-values' }))
  const liveness = { of: () => 'unknown' as const, answersMadeUp: (ip: string) => ip === liar.ip }
  assert.equal(verdict([...swarm, ...values], { liveness }), 'confirmed')
  assert.equal(verdict([...swarm, ...values], {}), 'refuted')
})

test('what does not exist, of which a crawl asked, shows who knows peers of anything', () => {
  const madeUp = ['0123456789ABCDEF0123456789abcdef01234567']
  const content = `urn:btih:${madeUp[0]!.toLowerCase()}`
  const liar = { ip: '77.7.7.7', port: 1 }
  const values = bogus.map((about) => claim(liar, about, { via: 'dht-values' }))
  const ask = (of: Endpoint): Event => {
    return { ...STAMP, type: 'request', by: STAMP.ends[0], of, what: 'get-peers', content }
  }
  const answer = (by: Endpoint, about: Endpoint) => claim(by, about, { via: 'dht-values', content })
  const of = (...more: Event[]) => {
    const events = [...swarm, ...values, ask(liar), ask(TRACKER), ...more]
    return causes(events, { isDark, madeUp }, 'told').get('poisoning')!
  }
  const caught = of(answer(liar, { ip: '9.1.1.1', port: 1 }))
  assert.deepEqual([caught.verdict, caught.hits, caught.tested], ['confirmed', 12, 12])
  assert.match(caught.text, /12 by who knows peers of what does not exist/)
  // Asked, he knew nobody; or nobody but who asked.
  assert.equal(of().verdict, 'refuted')
  assert.equal(of(answer(liar, STAMP.ends[0])).verdict, 'refuted')
  // Nobody said that it does not exist.
  const plain = [...swarm, ...values, ask(liar), answer(liar, { ip: '9.1.1.1', port: 1 })]
  assert.equal(causes(plain, { isDark }, 'told').get('poisoning')!.verdict, 'refuted')
})

const KEY = 'ab'.repeat(20)

/** Nodes by lot, each in a network of its own, and some in one /24 whose ids begin so. */
function nodes(sybilCount: number, prefix: string): Event[] {
  const random = randomFrom(5)
  const id = () =>
    Array.from({ length: 20 }, () => (random() % 256).toString(16).padStart(2, '0')).join('')
  const named = (about: Endpoint, nodeId: string): Event => {
    const { content: _, ...plain } = claim(TRACKER, about, { via: 'dht-nodes', id: nodeId })
    return plain
  }
  return [
    {
      ...STAMP,
      type: 'request',
      by: STAMP.ends[0],
      of: TRACKER,
      what: 'get-peers',
      content: `urn:btih:${KEY}`,
    },
    ...Array.from({ length: 400 }, (_, i) =>
      named({ ip: `12.${Math.floor(i / 200)}.${i % 200}.1`, port: 6881 }, id()),
    ),
    ...Array.from({ length: sybilCount }, (_, i) =>
      named({ ip: `66.0.7.${i}`, port: 6881 }, prefix + id().slice(prefix.length)),
    ),
  ]
}

test('ids of one network that crowd around a wanted key are Sybils; ids by lot are none', () => {
  const of = (count: number, prefix: string) =>
    causes(nodes(count, prefix), {}, 'told').get('sybils')!
  const cause = of(20, KEY.slice(0, 6))
  assert.equal(cause.verdict, 'confirmed')
  // All twenty are the twenty nearest; 20 of 420 is what chance would give.
  assert.deepEqual([cause.hits, cause.tested], [20, 20])
  assert.deepEqual(cause.controls, [{ name: 'by-chance', tested: 420, hits: 20 }])
  assert.match(
    cause.text,
    /Of 20 ids in 66\.0\.7\.0\/24, 20 are among the 20 nearest to urn:btih:abab/,
  )
  assert.notEqual(of(20, '').verdict, 'confirmed')
  // Too few to be a crowd.
  assert.equal(of(7, KEY.slice(0, 6)).verdict, 'untested')
})
