/**
 * Callers of dark addresses who speak as Xunlei and Vagaa do: Xunlei in its own packets and as a client of
 * BitTorrent, Vagaa as a client of BitTorrent and of eDonkey2000. The honeynet answers each in his words, and
 * the table by system counts them as what they say they are.
 */
import assert from 'node:assert/strict'
import { createCipheriv, createHash } from 'node:crypto'
import { test } from 'node:test'
import { dialectOf } from '../src/app/commands/measuring.ts'
import type { Endpoint } from '../src/core/address.ts'
import { bytesOf, concat, fromHex, hex, u32be } from '../src/core/bytes.ts'
import type { Client, Event, Incident } from '../src/core/event.ts'
import { tcpFrame, udpFrame } from '../src/core/packet-maker.ts'
import { Engine } from '../src/intake/engine.ts'
import { protocols } from '../src/protocols/index.ts'
import { Honeynet } from '../src/services/honeynet/honeynet.ts'
import { Contacts } from '../src/services/incidents/contacts.ts'
import { DarkSpace } from '../src/services/incidents/dark-space.ts'
import { Incidents } from '../src/services/incidents/incidents.ts'
import { Radiation } from '../src/services/incidents/radiation.ts'

const ETHERNET_BYTES = 14
const RAW_IP = 101
const [SYN, PSH, ACK] = [2, 8, 16]
const CALLERS = 110

/** A dark /16 that answers, and a reader of all that passes. */
class Dark {
  readonly events: Event[] = []
  readonly incidents: Incident[] = []
  readonly radiation = new Radiation(dialectOf)
  readonly #incidents = new Incidents((event) => {
    if (event.type !== 'incident' || event.state !== 'closed') return
    this.incidents.push(event)
    this.#contacts.count(event)
  })
  readonly #contacts: Contacts
  readonly #engine: Engine
  readonly #net: Honeynet
  #answers: Uint8Array[] = []
  #micros = Date.UTC(2009, 3, 1) * 1000
  #frame = 0

  constructor() {
    const space = DarkSpace.of(['10.99.0.0/16']) as DarkSpace
    this.#contacts = new Contacts(this.#incidents, this.radiation, space)
    const consume = (event: Event) => {
      this.events.push(event)
      this.#contacts.consume(event)
    }
    this.#engine = new Engine(protocols, consume, { flows: true })
    const net = { network: 0x0a630000, bits: 16, key: [1, 2] } as const
    this.#net = new Honeynet(protocols, net, (packet) => this.#answers.push(packet))
  }

  /** @returns what goes back */
  #packet(frame: Uint8Array): readonly Uint8Array[] {
    this.#answers = []
    this.#net.packet(frame.subarray(ETHERNET_BYTES), this.#micros)
    for (const bytes of [frame.subarray(ETHERNET_BYTES), ...this.#answers]) {
      const size = { size: bytes.length, wireSize: bytes.length }
      const at = { micros: this.#micros, frame: ++this.#frame, capture: 'dark' }
      this.#engine.packet({ bytes, at: 0, ...size, linkType: RAW_IP, ...at })
    }
    return this.#answers
  }

  wait(seconds: number): void {
    this.#micros += 1e6 * seconds
    this.#net.tick(this.#micros)
  }

  udp(from: Endpoint, to: Endpoint, payload: Uint8Array): readonly Uint8Array[] {
    return this.#packet(udpFrame(from, to, payload))
  }

  tcp(from: Endpoint, to: Endpoint, payload: Uint8Array): readonly Uint8Array[] {
    const [answer] = this.#packet(tcpFrame(from, to, { sequence: 99, acknowledged: 0, flags: SYN }))
    const acknowledged = u32be(answer!, 20 + 4) + 1
    const fields = { sequence: 100, acknowledged, flags: ACK + PSH }
    return this.#packet(tcpFrame(from, to, fields, payload))
  }

  end(): void {
    this.#engine.end()
    this.#incidents.finish()
  }

  clients(of: Endpoint): readonly (string | undefined)[] {
    const said = this.events.filter((event): event is Client => event.type === 'client')
    const callers = said.filter(({ who, ends }) => ends[1].ip === of.ip && who.ip !== of.ip)
    return [...new Set(callers.map(({ software, version }) => `${software} ${version}`))]
  }
}

const caller = (i: number): Endpoint => ({ ip: `192.0.${i >> 7}.${1 + (i & 127)}`, port: 15_000 })

/** BEP 3: 19, the protocol's name, eight reserved bytes, info hash, peer id. */
function handshake(peerId: string): Uint8Array {
  const head = concat(bytesOf('\x13BitTorrent protocol'), new Uint8Array(8))
  return concat(head, new Uint8Array(20).fill(0xa0), bytesOf(peerId.padEnd(20, 'x')))
}

/** eMule's hello, with the tag of a mod (0x55). */
function hello(mod: string): Uint8Array {
  const value = `${hex(Uint8Array.of(mod.length, 0))} ${hex(bytesOf(mod))}`
  const user = '1dabf8ff7f0e8af872ae5d1a99676f11'
  const said = fromHex(`01 10 ${user} c0000201 3612 01000000 02 0100 55 ${value} 00000000 0000`)
  return concat(fromHex('e3'), Uint8Array.of(said.length, 0, 0, 0), said)
}

/** Kind, number, size, and what is said as AES-128 under MD5 of the first eight bytes. */
function xunlei(kind: number, number: number, said: Uint8Array): Uint8Array {
  const seed = Uint8Array.of(kind, 0, 0, 0, number, 0, 0, 0)
  const cipher = createCipheriv('aes-128-ecb', createHash('md5').update(seed).digest(), null)
  const body = concat(cipher.update(said), cipher.final())
  return concat(seed, Uint8Array.of(body.length, 0, 0, 0), body)
}

const PLAIN: Endpoint = { ip: '10.99.0.1', port: 6881 }
const XUNLEI: Endpoint = { ip: '10.99.0.2', port: 6881 }
const OWN: Endpoint = { ip: '10.99.0.3', port: 3076 }
const VAGAA: Endpoint = { ip: '10.99.0.4', port: 6881 }
const MULE: Endpoint = { ip: '10.99.0.5', port: 4662 }

test('each is answered in his words, and an incident is of the system of its callers', () => {
  const dark = new Dark()
  for (let i = 0; i < CALLERS; i++) {
    const from = caller(i)
    assert.equal(dark.tcp(from, PLAIN, handshake('-TR3000-')).length > 0, true)
    assert.equal(dark.tcp(from, XUNLEI, handshake('-XL0012-')).length > 0, true)
    assert.equal(dark.tcp(from, VAGAA, handshake('-VG2601-')).length > 0, true)
    const [helloAnswer] = dark.tcp(from, MULE, hello('VAGAA 2.6'))
    // A hello-answer after the head of IP and TCP.
    assert.deepEqual([helloAnswer![40], helloAnswer![45]], [0xe3, 0x4c])
    for (const number of [1, 2]) {
      const asked = xunlei(0x36, number, new Uint8Array(20 + 30 * number))
      const answers = dark.udp(from, OWN, asked)
      assert.deepEqual(
        answers.map((answer) => hex(answer.subarray(28))),
        [hex(xunlei(0x36, number, new Uint8Array(0)))],
      )
      assert.ok(answers[0]!.length - 28 <= asked.length)
      dark.wait(1)
    }
  }
  dark.end()
  assert.deepEqual(dark.clients(XUNLEI), ['Xunlei 0.0.1.2'])
  assert.deepEqual(dark.clients(VAGAA), ['Vagaa 2.6.0.1'])
  assert.deepEqual(dark.clients(MULE), ['Vagaa 2.6'])
  const found = dark.incidents.map(({ family, target, sources }) => [family, target.ip, sources])
  assert.deepEqual(found.sort(), [
    ['bittorrent', PLAIN.ip, CALLERS],
    ['bittorrent', XUNLEI.ip, CALLERS],
    ['bittorrent', VAGAA.ip, CALLERS],
    ['edonkey', MULE.ip, CALLERS],
    ['xunlei', OWN.ip, CALLERS],
  ])
  const systems = dark.radiation.report(256).systems
  assert.deepEqual(
    systems.map(({ family, incidents, connections }) => [family, incidents, connections]).sort(),
    [
      ['bittorrent', 1, CALLERS],
      ['vagaa', 2, 2 * CALLERS],
      ['xunlei', 2, 2 * CALLERS],
    ],
  )
})

test('an incident of callers of two systems is of the one that most are of', () => {
  const dark = new Dark()
  for (let i = 0; i < CALLERS; i++) {
    dark.tcp(caller(i), PLAIN, handshake(i % 3 === 0 ? '-TR3000-' : '-XL0012-'))
    dark.tcp(caller(i), VAGAA, handshake(i % 3 === 0 ? '-VG2601-' : '-TR3000-'))
    dark.wait(60)
  }
  dark.end()
  const systems = dark.radiation.report(256).systems
  assert.deepEqual(systems.map(({ family, incidents }) => [family, incidents]).sort(), [
    ['bittorrent', 1],
    ['vagaa', 0],
    ['xunlei', 1],
  ])
})
