/** The endpoint memory at work: what names a flow that says nothing readable, and what does not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Endpoint } from '../core/address.ts'
import { limits } from '../core/limits.ts'
import type { FlowFacts, Out, Session } from '../core/protocol.ts'
import { A, B, Bench, C, cardOf, unreadable, whisper } from './engine-in-test.ts'

/** Somebody else, who nobody ever spoke of. */
const D: Endpoint = { ip: '192.0.2.77', port: 50_000 }

/** B says that an endpoint speaks the protocol. */
function claim(bench: Bench, about: Endpoint, part = 'talk', carriers = 'both'): Bench {
  return bench.udp(B, A, `whisper claim ${about.ip} ${about.port} ${part} ${carriers}`)
}

/** A connection of which nothing can be read. */
function secret(bench: Bench, opener = D, other = C): void {
  const tcp = bench.tcp(opener, other).open()
  tcp.send(0, unreadable(96)).send(1, unreadable(120)).send(0, unreadable(68)).close()
}

/** Verdict of the flow between two ends. */
function verdict(bench: Bench, a: Endpoint, b: Endpoint) {
  const ips = [a, b].map(({ ip, port }) => `${ip} ${port}`).sort()
  const flow = bench.flows.find(({ ends }) => {
    const these = ends.map(({ ip, port }) => `${ip} ${port}`).sort()
    return these[0] === ips[0] && these[1] === ips[1]
  })
  assert.ok(flow, 'no such flow')
  return flow.p2p
}

test('a claimed endpoint names the flow, with the message that claimed it', () => {
  const bench = new Bench()
  bench.udp(A, B, 'whisper who is there?')
  claim(bench, C)
  const [frame, micros] = [bench.frame, bench.micros - 1000]
  secret(bench)
  bench.end()
  const p2p = verdict(bench, D, C)
  assert.equal(p2p?.family, 'whisper')
  assert.equal(p2p?.part, 'secret')
  assert.equal(p2p?.sureness, 'likely')
  assert.deepEqual(p2p?.taughtBy, {
    capture: 'one.pcap',
    frame,
    via: 'line',
    by: B,
    endpoint: C,
    micros,
  })
  assert.deepEqual(p2p?.reasons, [
    'says nothing readable',
    `203.0.113.3:7001 was named by 198.51.100.2:7000 via line (frame ${frame} of one.pcap)`,
  ])
})

test('without a claim nothing is named, however alike the flows are', () => {
  const bench = new Bench()
  claim(bench, C)
  secret(bench, D, { ip: C.ip, port: C.port + 1 })
  secret(bench, D, { ip: '203.0.113.99', port: C.port })
  // A and B speak the protocol with each other, on other ports: the pair of hosts says nothing.
  secret(bench, { ip: A.ip, port: 1111 }, { ip: B.ip, port: 2222 })
  bench.end()
  assert.equal(bench.flows.filter(({ p2p }) => p2p !== undefined).length, 1)
  assert.equal(bench.flows.length, 4)
})

test('a readable flow to a claimed endpoint is not named: it does not fit', () => {
  const bench = new Bench()
  claim(bench, C)
  bench.tcp(D, C).open().send(0, 'hello, is this a web server?').close()
  bench.tcp(D, C).send(0, '\x01\x02 neither this').close()
  bench.end()
  assert.equal(verdict(bench, D, C), undefined)
})

test('a claim that comes after the flow names it all the same, when it ends', () => {
  const bench = new Bench()
  secret(bench)
  claim(bench, C)
  bench.end()
  assert.equal(verdict(bench, D, C)?.part, 'secret')
  assert.equal(verdict(bench, D, C)?.taughtBy?.endpoint.port, C.port)
  // No bytes are read then: only the name is said.
  assert.equal(bench.recognitions.filter(({ part }) => part === 'secret').length, 1)
})

test('a flow that was given up long before the claim is named when it ends', () => {
  const bench = new Bench()
  const tcp = bench.tcp(D, C).open()
  for (let i = 0; i < 2 * limits.lookSegments; i++) tcp.send(i % 2 === 0 ? 0 : 1, unreadable(90))
  claim(bench, C)
  tcp.send(0, unreadable(90)).close()
  bench.end()
  assert.equal(verdict(bench, D, C)?.part, 'secret')
})

test('what is only read when the capture ends still explains flows that began before it', () => {
  const bench = new Bench()
  secret(bench)
  const tcp = bench.tcp(A, B).open()
  tcp.send(0, '~ hush\n').send(0, `claim ${C.ip} ${C.port} talk both\n`)
  bench.end()
  assert.equal(verdict(bench, D, C)?.part, 'secret')
})

test('a claim is forgotten after a while', () => {
  const late = new Bench()
  claim(late, C).wait(limits.endpointSeconds + 60)
  secret(late)
  late.end()
  assert.equal(verdict(late, D, C), undefined)
  const early = new Bench()
  claim(early, C).wait(limits.endpointSeconds - 60)
  secret(early)
  early.end()
  assert.equal(verdict(early, D, C)?.part, 'secret')
})

test('a claim names flows of its carrier only', () => {
  for (const [carriers, tcp, udp] of [
    ['tcp', 'secret', undefined],
    ['udp', undefined, 'secret'],
    ['both', 'secret', 'secret'],
  ] as const) {
    const bench = new Bench()
    claim(bench, C, 'talk', carriers)
    secret(bench, A, C)
    bench.udp(D, C, unreadable(50)).udp(C, D, unreadable(50))
    bench.end()
    assert.equal(verdict(bench, A, C)?.part, tcp, `TCP, claimed for ${carriers}`)
    assert.equal(verdict(bench, D, C)?.part, udp, `UDP, claimed for ${carriers}`)
  }
})

test('a claim names what it is about, and no other part', () => {
  const bench = new Bench()
  claim(bench, C, 'directory')
  secret(bench)
  bench.end()
  assert.equal(verdict(bench, D, C), undefined)
})

test('a claim of one family does not name a flow that only fits another', () => {
  const fits = () => [{ part: 'hidden', taughtAs: [], reason: 'could be' }]
  const other = cardOf('other', { fits })
  const silent = { ...whisper }
  delete (silent as { fits?: unknown }).fits
  const bench = new Bench([other, silent])
  claim(bench, C)
  secret(bench)
  bench.end()
  assert.equal(verdict(bench, D, C), undefined)
})

test('the claimed side may be the one that opens the flow', () => {
  const bench = new Bench()
  claim(bench, D)
  secret(bench, D, C)
  bench.end()
  assert.equal(verdict(bench, D, C)?.taughtBy?.endpoint.ip, D.ip)
})

test('where both sides are known, the one that was called is the witness', () => {
  const bench = new Bench()
  claim(claim(bench, D), C)
  secret(bench, D, C)
  bench.end()
  assert.equal(verdict(bench, D, C)?.taughtBy?.endpoint.ip, C.ip)
})

test('a port of zero is kept as it was said, and names nothing', () => {
  const bench = new Bench()
  claim(bench, { ip: C.ip, port: 0 })
  secret(bench, D, { ip: C.ip, port: 0 })
  bench.end()
  assert.equal(bench.of('claim')[0]!.about.port, 0)
  assert.equal(verdict(bench, D, { ip: C.ip, port: 0 }), undefined)
})

test('an attempt that is never answered is named by whom it goes to', () => {
  const bench = new Bench()
  claim(bench, C)
  const tcp = bench.tcp(D, C)
  tcp.segment(0, tcp.next[0], '', 2)
  bench.tcp({ ...D, port: 50_001 }, { ...C, port: 9 }).segment(0, 1, '', 2)
  bench.end()
  const p2p = verdict(bench, D, C)
  assert.equal(p2p?.part, 'secret')
  assert.equal(p2p?.reasons[0], 'says nothing')
  assert.equal(verdict(bench, { ...D, port: 50_001 }, { ...C, port: 9 }), undefined)
})

test('an attempt that is refused in words is an attempt', () => {
  const bench = new Bench()
  claim(bench, C)
  const tcp = bench.tcp(D, C)
  tcp.segment(0, tcp.next[0], '', 2)
  tcp.reset(1, 'No listener\n')
  bench.end()
  assert.equal(verdict(bench, D, C)?.part, 'secret')
})

test('a silent connection from the endpoint claimed to it is named as well', () => {
  const bench = new Bench()
  bench.tcp(D, C).open().close()
  claim(bench, C)
  bench.end()
  assert.equal(verdict(bench, D, C)?.part, 'secret')
})

test('a flow that is certain teaches where it was heard', () => {
  const bench = new Bench()
  bench.tcp(A, C).open().send(0, 'WHISPER hello\n')
  const frame = bench.frame
  secret(bench, D, C)
  // The opener's port is one of the moment: it was not taught.
  secret(bench, B, A)
  bench.end()
  const p2p = verdict(bench, D, C)
  assert.equal(p2p?.part, 'secret')
  assert.equal(p2p?.taughtBy?.via, 'flow')
  assert.equal(
    p2p?.reasons[1],
    `203.0.113.3:7001 speaks it in the clear (frame ${frame} of one.pcap)`,
  )
  assert.equal(verdict(bench, B, A), undefined)
})

test('a certain flow of UDP teaches both ends, for UDP', () => {
  const bench = new Bench()
  bench.udp(A, C, 'whisper hello')
  bench.udp(D, C, unreadable(40))
  bench.udp(A, B, unreadable(40))
  secret(bench, B, C)
  bench.end()
  assert.equal(verdict(bench, B, C), undefined)
  const named = bench.flows.filter(({ p2p }) => p2p?.part === 'secret')
  assert.deepEqual(
    named.map(({ proto, ends }) => [proto, ends[0].ip, ends[1].ip]),
    [
      ['UDP', D.ip, C.ip],
      ['UDP', A.ip, B.ip],
    ],
  )
})

test('where one port serves both carriers, one teaches the other', () => {
  const bench = new Bench([{ ...whisper, sharesPort: true }])
  bench.udp(A, C, 'whisper hello')
  secret(bench, D, C)
  bench.end()
  assert.equal(verdict(bench, D, C)?.part, 'secret')
})

test('a connection seen from its middle does not say who listens, and teaches nothing', () => {
  const bench = new Bench()
  bench.tcp(A, C).send(0, 'WHISPER hello\n')
  secret(bench, D, C)
  bench.end()
  assert.equal(verdict(bench, A, C)?.sureness, 'certain')
  assert.equal(verdict(bench, D, C), undefined)
})

test('what is only likely teaches nothing by itself', () => {
  const bench = new Bench()
  bench.tcp(A, C).open().send(0, '~ part talk\n').close()
  bench.wait(60)
  secret(bench, D, C)
  bench.end()
  assert.equal(verdict(bench, A, C)?.sureness, 'likely')
  assert.equal(verdict(bench, D, C), undefined)
})

test('a structure that is telling enough needs no claim, and a claim is better', () => {
  const fits = () => [
    { part: 'maybe', taughtAs: ['nobody'], reason: 'could be' },
    { part: 'shape', taughtAs: ['talk'], reason: 'sizes agree', alone: 'unsure' as const },
  ]
  const alone = new Bench([{ ...whisper, fits }])
  secret(alone)
  alone.end()
  const p2p = verdict(alone, D, C)
  assert.deepEqual([p2p?.part, p2p?.sureness, p2p?.reasons], ['shape', 'unsure', ['sizes agree']])
  assert.equal(p2p?.taughtBy, undefined)
  const taught = new Bench([{ ...whisper, fits }])
  claim(taught, C)
  secret(taught)
  taught.end()
  assert.equal(verdict(taught, D, C)?.sureness, 'likely')
  assert.equal(verdict(taught, D, C)?.taughtBy?.via, 'line')
})

test('what is recognised as likely is shown with the message that named its endpoint', () => {
  const fits = () => [{ part: 'maybe', taughtAs: ['talk'], reason: 'could be' }]
  for (const isTold of [true, false]) {
    const bench = new Bench([{ ...whisper, fits }])
    if (isTold) claim(bench, C)
    bench.tcp(D, C).open().send(0, '~ part talk\n').close()
    bench.end()
    const p2p = verdict(bench, D, C)
    assert.deepEqual([p2p?.part, p2p?.sureness], ['talk', 'likely'])
    assert.equal(p2p?.taughtBy?.via, isTold ? 'line' : undefined)
    assert.equal(p2p?.reasons.filter((reason) => reason.includes('was named by')).length, +isTold)
  }
})

test('a flow named by memory is read like any other', () => {
  const bench = new Bench()
  claim(bench, C)
  const tcp = bench.tcp(D, C).open()
  tcp.send(0, unreadable(90)).send(1, unreadable(90))
  tcp.send(0, '\n').close()
  bench.end()
  assert.equal(verdict(bench, D, C)?.part, 'secret')
  assert.equal(bench.texts.length, 1)
})

test('a session that makes nothing of a flow named by memory does not take the name back', () => {
  let opened = 0
  const lost: Session = {
    need: 0,
    messages: 0,
    lost: true,
    data: () => 0,
    gap: () => undefined,
    end: () => undefined,
  }
  const openSession = (flow: FlowFacts, out: Out) => {
    if (flow.part !== 'secret') return whisper.openSession!(flow, out)
    opened++
    return lost
  }
  const bench = new Bench([{ ...whisper, openSession }])
  claim(bench, C)
  secret(bench)
  bench.end()
  assert.equal(verdict(bench, D, C)?.part, 'secret')
  assert.equal(bench.engine.accounts.withdrawn, 0)
  assert.equal(opened, 1)
})
