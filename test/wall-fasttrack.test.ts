/**
 * ftwall's behaviour, packet by packet: a lab peer looks for supernodes behind the wall. Its pings are
 * dropped, noted and answered in the supernodes' place; so it goes on pinging and calls nobody. Without
 * the answers it begins to call, and is refused at the first SYN.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Endpoint, endpointText } from '../src/core/address.ts'
import { hex } from '../src/core/bytes.ts'
import type { Carrier, Decision } from '../src/core/event.ts'
import { tcpFrame, udpFrame } from '../src/core/packet-maker.ts'
import { SiteInTest } from '../src/core/site-in-test.ts'
import { Engine } from '../src/intake/engine.ts'
import { fasttrack } from '../src/protocols/fasttrack/index.ts'
import { protocols } from '../src/protocols/index.ts'
import type { HostChange, Judgement, Refused, Spoofed } from '../src/services/wall/judgement.ts'
import { wallSchema } from '../src/services/wall/schema.ts'
import { Wall } from '../src/services/wall/wall.ts'

const HOST = { ip: '192.0.2.1', port: 1214 }
const SUPERNODES = Array.from({ length: 8 }, (_, i) => ({ ip: `198.51.100.${i + 1}`, port: 1214 }))
const PING = `${'2700000029'}80${'4b615a614100'}`
const SECOND = 1_000_000
const NO_BYTES = new Uint8Array(0)

/** A gateway: everything the peer sends goes through engine and wall, and outside nobody answers. */
class Gateway {
  readonly site = new SiteInTest(
    fasttrack.peer!.make({ role: 'node', port: 1214, nick: 'a', bugs: [], isFirewalled: false }),
    HOST.ip,
  )
  readonly decisions: Decision[] = []
  readonly changes: HostChange[] = []
  readonly refused: Refused[] = []
  readonly probes: Spoofed[] = []
  /** What the peer sent, and what became of it, in order. */
  readonly log: { readonly sent: string; readonly to: string; readonly judged: Judgement }[] = []
  readonly wall: Wall
  readonly #engine: Engine
  #frame = 0
  #calls = 0

  constructor(config: object = {}) {
    const networks = [{ name: 'ours', cidrs: ['192.0.2.0/24'] }]
    const decoys = new Map([[fasttrack.name, fasttrack.decoy!]])
    this.wall = new Wall(
      { config: wallSchema.parse(config), networks, decoys },
      {
        say: (decision) => this.decisions.push(decision),
        host: (change) => this.changes.push(change),
        refuse: (refused) => this.refused.push(...refused),
        send: (datagram) => this.probes.push(datagram),
        cut: () => assert.fail('nothing passes, so nothing is cut'),
        limit: (name) => assert.fail(name),
      },
    )
    this.#engine = new Engine(protocols, (event) => this.wall.consume(event))
  }

  judge(carrier: Carrier, from: Endpoint, to: Endpoint, payload: Uint8Array): Judgement {
    const isTcp = carrier === 'tcp'
    const syn = { sequence: 1, acknowledged: 0, flags: 0x02 }
    const bytes = isTcp ? tcpFrame(from, to, syn) : udpFrame(from, to, payload)
    const { nowMicros: micros } = this.site
    const [size, frame] = [bytes.length, ++this.#frame]
    this.#engine.packet({
      ...{ bytes, at: 0, size, wireSize: size, micros, linkType: 1, frame, capture: 'queue' },
    })
    const standing = this.#engine.standing!
    const ends = standing.side === 0 ? ([from, to] as const) : ([to, from] as const)
    const judged = this.wall.judge(standing, {
      ...{ ends, carrier, payloadBytes: payload.length, micros, capture: 'queue', frame },
      ...{ isSyn: isTcp, payload },
    })
    this.log.push({ sent: isTcp ? 'syn' : hex(payload), to: endpointText(to), judged })
    return judged
  }

  /** Whatever the peer wants to send now is judged, and what the wall says in others' place is heard. */
  settle(): void {
    const { site } = this
    for (let more = true; more; ) {
      more = false
      for (const { to, bytes } of site.datagrams.splice(0)) {
        more = true
        const { decoy } = this.judge('udp', HOST, to, bytes)
        if (decoy !== undefined) site.peer.datagram(HOST.port, to, decoy)
      }
      for (const link of site.calls.splice(0)) {
        more = true
        const from = { ip: HOST.ip, port: 50_000 + this.#calls++ }
        const { verdict, reset } = this.judge('tcp', from, link.remote, NO_BYTES)
        if (verdict === 'drop' && reset !== undefined) link.fall('refused')
      }
    }
  }

  pass(seconds: number): void {
    for (let i = 0; i < seconds; i++) {
      this.site.pass(SECOND)
      this.settle()
      this.wall.tick(this.site.nowMicros)
    }
  }

  join(): this {
    for (const at of SUPERNODES) this.site.peer.order({ do: 'join', at })
    this.settle()
    return this
  }

  sentOf(what: string): number {
    return this.log.filter(({ sent }) => sent === what).length
  }
}

test('Pings are dropped, noted and answered 29; the answer is answered 2a; the host is held', () => {
  const { log, decisions, changes, refused } = new Gateway().join()
  const [first, ...rest] = log.filter(({ sent }) => sent === PING)
  assert.deepEqual([first!.to, rest.length], ['198.51.100.1:1214', SUPERNODES.length - 1])
  for (const { to, judged } of [first!, ...rest]) {
    assert.equal(judged.verdict, 'drop', to)
    // The kernel must go on asking, or the next ping would get no answer.
    assert.equal(judged.mark, 0)
    // 29, its cipher bits, kind 1, no address, two zeros, and the flow's number as the id.
    assert.match(hex(judged.decoy!), /^290000002901000000000000[0-9a-f]{2}$/)
  }
  const ids = new Set(log.flatMap(({ judged }) => (judged.decoy ? [hex(judged.decoy)] : [])))
  assert.equal(ids.size, SUPERNODES.length)
  const answers = log.filter(({ sent }) => sent.startsWith('2a'))
  assert.deepEqual(
    answers.map(({ sent, judged }) => [sent.length, judged.verdict, judged.decoy]),
    SUPERNODES.map(() => [10, 'drop', undefined]),
  )
  assert.equal(decisions.length, SUPERNODES.length)
  const { action, how, family, host, sureness, why } = decisions[0]!
  assert.deepEqual(
    [action, how, family, host, sureness],
    ['block', 'drop', 'fasttrack', HOST.ip, 'certain'],
  )
  assert.deepEqual(why, ['a ping of the network "KaZaA" (Kazaa)'])
  assert.deepEqual(
    changes.map(({ state, rule }) => `${state} ${rule}`),
    ['held peer-to-peer'],
  )
  assert.deepEqual(
    refused.map(({ endpoint }) => endpoint),
    SUPERNODES,
  )
})

test('So it stays with datagrams, ten minutes long, and never calls anybody', () => {
  const gateway = new Gateway().join()
  gateway.pass(600)
  // A round of pings each 3 seconds.
  assert.equal(gateway.sentOf(PING), SUPERNODES.length * 201)
  assert.equal(gateway.sentOf('syn'), 0)
  assert.equal(
    gateway.log.some(({ judged }) => judged.verdict !== 'drop'),
    false,
  )
  // Held once, and never let go: each ping renews the lock.
  assert.equal(gateway.changes.length, 1)
  // Noted once a supernode, however often it pings.
  assert.equal(gateway.decisions.length, SUPERNODES.length)
})

test('Without the answers it calls after three silent rounds, and every call is refused at its SYN', () => {
  const gateway = new Gateway({ decoys: false }).join()
  gateway.pass(60)
  const calls = gateway.log.filter(({ sent }) => sent === 'syn')
  // Eight at once, then one after the other.
  assert.equal(calls.length, 2 * SUPERNODES.length)
  for (const { judged } of calls)
    assert.deepEqual(judged, { verdict: 'drop', mark: 4, reset: 'sender' })
  const refusal = gateway.decisions.find(({ action }) => action === 'refuse')!
  assert.equal(refusal.rule, 'named to a caught host')
  assert.equal(refusal.taughtBy?.frame, 1)
})

test('A client that falls silent is asked once, and let go when nothing comes', () => {
  const gateway = new Gateway().join()
  const start = gateway.site.nowMicros
  // It is switched off: nothing it would send comes any more.
  for (let second = 1; second <= 121; second++) gateway.wall.tick(start + second * SECOND)
  assert.deepEqual(
    gateway.probes.map(({ from, to, bytes }) => [endpointText(from), endpointText(to), hex(bytes)]),
    [['198.51.100.8:1214', '192.0.2.1:1214', '29000000290100000000000000']],
  )
  assert.deepEqual(
    gateway.changes.map(({ state }) => state),
    ['held', 'free'],
  )
})

test('A client that is still there answers what it is asked, and the lock is renewed by that', () => {
  const gateway = new Gateway().join()
  const { site, wall, probes } = gateway
  // It rests, as one that has a supernode: only what it is sent makes it speak.
  site.wakesAt = Number.POSITIVE_INFINITY
  for (let second = 1; second <= 300; second++) {
    site.pass(SECOND)
    wall.tick(site.nowMicros)
    for (const { from, bytes } of probes.splice(0)) site.peer.datagram(HOST.port, from, bytes)
    gateway.settle()
  }
  assert.deepEqual(
    gateway.changes.map(({ state }) => state),
    ['held'],
  )
  assert.equal(gateway.log.at(-1)!.sent, '2a00000000')
})

test('Another host, and the same host’s other traffic, go on as before', () => {
  const gateway = new Gateway().join()
  const web = { ip: '203.0.113.80', port: 443 }
  const own = { ip: HOST.ip, port: 40_000 }
  assert.equal(gateway.judge('tcp', own, web, NO_BYTES).verdict, 'accept')
  const dns = Uint8Array.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0x61, 0, 0, 1, 0, 1])
  const resolver = { ip: '203.0.113.53', port: 53 }
  assert.deepEqual(gateway.judge('udp', own, resolver, dns), { verdict: 'accept', mark: 1 })
  const other = { ip: '192.0.2.2', port: 40_000 }
  assert.equal(gateway.judge('tcp', other, SUPERNODES[0]!, NO_BYTES).verdict, 'accept')
})
