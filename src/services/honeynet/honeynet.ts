/**
 * A prefix of dark addresses that answers on every port: packets in, packets out.
 *
 *     SYN            → SYN and ACK; nothing is remembered: the number says all (a keyed hash)
 *     ACK            → where callers wait for a greeting, that
 *     first payload  → whoever recognises it answers; only now there is a connection
 *     datagram       → one answer, never of more bytes; nothing is remembered
 *
 * Pure: time and key come as arguments. What callers say is not read here but by whoever is given the
 * packets, those that came and those that went.
 */
import { type HashKey, keyedHash } from '../../core/keyed-hash.ts'
import { limits } from '../../core/limits.ts'
import type { Protocol } from '../../core/protocol.ts'
import { Connection, numberAfter, type Wish } from './connection.ts'
import { ACK, datagram, FIN, Packet, PSH, RST, SYN, segment, TCP, type Way } from './packet.ts'
import { Rates } from './rates.ts'
import { callOf, Recognising } from './recognising.ts'

export interface HoneynetOptions {
  /** A prefix of IPv4: its first address as a number, and how many bits are fixed. */
  readonly network: number
  readonly bits: number
  /** Two random words, kept secret: who knows them can make connections without ever being there. */
  readonly key: HashKey
  /** Answers a second to one /24; of all kinds. */
  readonly answersMax?: number
  /** TCP connections with payload; the one unheard for longest gives way. */
  readonly connectionsMax?: number
  /** Contents (URNs) that callers are known to ask for. */
  readonly contents?: () => readonly string[]
  /** Takes what callers want whose encryption hides it from all others. */
  readonly onWish?: (wish: Wish) => void
}

/** Since the beginning. */
export interface HoneynetCounts {
  received: number
  sent: number
  /** Not for the prefix, broken, a fragment, or neither TCP nor UDP. */
  passedOver: number
  syns: number
  datagrams: number
  datagramsAnswered: number
  /** Connections that said something, and those of them that a protocol answered. */
  connections: number
  connectionsAnswered: number
  /** Answers kept back: the /24 had its share of this second. */
  rateLimited: number
  /** Connections that gave way to others. */
  givenWay: number
}

const ANSWERS_MAX = 1000
const SECOND_MICROS = 1_000_000
/** A cookie holds for one to two of these: a SYN is said again for a minute at most. */
const EPOCH_MICROS = 64 * SECOND_MICROS
/** Peers keep quiet for up to two minutes. */
const IDLE_MICROS = 180 * SECOND_MICROS
/** Whatever stands there, an answer would call something up: echo, chargen, DNS, NTP, SSDP. */
const NEVER_ANSWERED = new Set([0, 7, 19, 53, 123, 1900])
const MULTICAST = 224
const LOOPBACK = 127
const FIRST_OCTET = 2 ** 24
const NOTHING = new Uint8Array(0)
const NO_CONTENTS: readonly string[] = []

export class Honeynet {
  readonly counts: HoneynetCounts = {
    received: 0,
    sent: 0,
    passedOver: 0,
    syns: 0,
    datagrams: 0,
    datagramsAnswered: 0,
    connections: 0,
    connectionsAnswered: 0,
    rateLimited: 0,
    givenWay: 0,
  }
  readonly #first: number
  readonly #end: number
  readonly #key: HashKey
  readonly #rates: Rates
  readonly #recognising: Recognising
  readonly #connectionsMax: number
  readonly #contents: () => readonly string[]
  readonly #onWish: (wish: Wish) => void
  /** By port. */
  readonly #greetings = new Map<number, Uint8Array>()
  /** The one unheard for longest first. */
  readonly #connections = new Map<string, Connection>()
  readonly #packet = new Packet()
  readonly #out: (packet: Uint8Array) => void
  #nextTick = Number.NEGATIVE_INFINITY

  /** @param send  takes packets that go back; they are not used again here */
  constructor(
    cards: readonly Protocol[],
    { network, bits, key, ...more }: HoneynetOptions,
    send: (packet: Uint8Array) => void,
  ) {
    const size = 2 ** (32 - bits)
    this.#first = network - (network % size)
    this.#end = this.#first + size
    this.#key = key
    this.#rates = new Rates(key, more.answersMax ?? ANSWERS_MAX)
    this.#recognising = new Recognising(cards)
    for (const { greeting } of cards) {
      for (const port of greeting?.ports ?? []) this.#greetings.set(port, greeting!.bytes)
    }
    this.#contents = more.contents ?? (() => NO_CONTENTS)
    this.#onWish = more.onWish ?? (() => {})
    this.#connectionsMax = more.connectionsMax ?? limits.honeynetConnectionsMax
    this.#out = (packet) => {
      this.counts.sent++
      send(packet)
    }
  }

  /** Connections that are remembered now. */
  get open(): number {
    return this.#connections.size
  }

  /** One IP packet. Its bytes are not kept. */
  packet(bytes: Uint8Array, micros: number): void {
    this.counts.received++
    this.tick(micros)
    const packet = this.#packet
    if (!packet.read(bytes) || !this.#isFor(packet)) {
      this.counts.passedOver++
    } else if (packet.protocol === TCP) this.#tcp(packet, micros)
    else this.#udp(packet, micros)
  }

  #isFor({ source, target }: Packet): boolean {
    if (target < this.#first || target >= this.#end) return false
    if (source >= this.#first && source < this.#end) return false
    const octet = Math.floor(source / FIRST_OCTET)
    return octet !== 0 && octet !== LOOPBACK && octet < MULTICAST
  }

  #mayAnswer({ source }: Packet, micros: number): boolean {
    if (this.#rates.take(source, micros)) return true
    this.counts.rateLimited++
    return false
  }

  #udp(packet: Packet, micros: number): void {
    const { counts } = this
    counts.datagrams++
    const { payload, sourcePort } = packet
    if (payload.length === 0 || NEVER_ANSWERED.has(sourcePort)) return
    const answer = this.#recognising.answer(payload, callOf(packet, this.#chances(packet)))
    if (answer === undefined || answer.length > payload.length) return
    if (!this.#mayAnswer(packet, micros)) return
    counts.datagramsAnswered++
    this.#out(datagram(wayBack(packet), answer))
  }

  #chances({ source, sourcePort, target, targetPort }: Packet): { self: number; pair: number } {
    const self = keyedHash(this.#key, target, targetPort, 0, 1)
    const ports = sourcePort * 0x1_0000 + targetPort
    return { self, pair: keyedHash(this.#key, target, source, ports, 2) }
  }

  #tcp(packet: Packet, micros: number): void {
    const { flags } = packet
    if (flags === SYN) return this.#syn(packet, micros)
    if (!has(flags, ACK) && !has(flags, RST)) return
    const name = nameOf(packet)
    const known = this.#connections.get(name)
    if (has(flags, RST)) {
      if (known?.isReset(packet)) this.#connections.delete(name)
      return
    }
    if (known === undefined) return this.#opening(packet, name, micros)
    this.#connections.delete(name)
    this.#hear(known, packet, micros)
    if (!known.isOver) this.#connections.set(name, known)
  }

  #syn(packet: Packet, micros: number): void {
    this.counts.syns++
    if (!this.#mayAnswer(packet, micros)) return
    const epoch = Math.floor(micros / EPOCH_MICROS)
    const cookie = this.#cookie(packet, packet.sequence, epoch)
    this.#out(segment(wayBack(packet), cookie, numberAfter(packet.sequence, 1), SYN + ACK))
  }

  /** Our first number in a connection: it says that the caller heard us. */
  #cookie(packet: Packet, theirs: number, epoch: number): number {
    const ports = packet.sourcePort * 0x1_0000 + packet.targetPort
    const key: HashKey = [this.#key[0], (this.#key[1] ^ epoch) >>> 0]
    return keyedHash(key, packet.target, packet.source, ports, theirs)
  }

  /** A packet of no connection: his first payload, if it acknowledges the number that he was given. */
  #opening(packet: Packet, name: string, micros: number): void {
    const { payload, sequence, acknowledged, flags } = packet
    const hasFin = has(flags, FIN)
    const greeting = this.#greetings.get(packet.targetPort) ?? NOTHING
    if (payload.length === 0 && !hasFin) {
      if (greeting.length > 0 && this.#isOurs(packet, 0, micros) && this.#mayAnswer(packet, micros))
        this.#out(segment(wayBack(packet), acknowledged, sequence, ACK + PSH, greeting))
      return
    }
    // Who was greeted may speak before he has heard it.
    const heard = [0, greeting.length].find((count) => this.#isOurs(packet, count, micros))
    if (heard === undefined) return this.#refuse(packet, micros)
    if (!this.#mayAnswer(packet, micros)) return
    if (payload.length === 0) {
      this.#out(segment(wayBack(packet), acknowledged, numberAfter(sequence, 1), ACK + FIN))
      return
    }
    const call = callOf(packet, this.#chances(packet), this.#contents())
    const said = { bytes: greeting, heard }
    const connection = new Connection(packet, said, call, this.#recognising, micros)
    this.counts.connections++
    this.#hear(connection, packet, micros)
    if (!connection.isOver) this.#keep(name, connection)
  }

  /** Whether he acknowledges our first number and so many bytes of ours. */
  #isOurs(packet: Packet, heard: number, micros: number): boolean {
    const epoch = Math.floor(micros / EPOCH_MICROS)
    const theirs = numberAfter(packet.sequence, 2 ** 32 - 1)
    const wanted = numberAfter(packet.acknowledged, 2 ** 32 - 1 - heard)
    return [epoch, epoch - 1].some((at) => this.#cookie(packet, theirs, at) === wanted)
  }

  #hear(connection: Connection, packet: Packet, micros: number): void {
    const wasAnswered = connection.isAnswered
    connection.packet(packet, micros, this.#out)
    if (connection.isAnswered && !wasAnswered) this.counts.connectionsAnswered++
    if (connection.wish === undefined) return
    this.#onWish(connection.wish)
    connection.wish = undefined
  }

  #keep(name: string, connection: Connection): void {
    if (this.#connections.size >= this.#connectionsMax) {
      const [oldest] = this.#connections.keys()
      this.#connections.delete(oldest!)
      this.counts.givenWay++
    }
    this.#connections.set(name, connection)
  }

  /** He speaks in a connection that we do not know (any more). */
  #refuse(packet: Packet, micros: number): void {
    if (!this.#mayAnswer(packet, micros)) return
    this.#out(segment(wayBack(packet), packet.acknowledged, 0, RST))
  }

  /** Time passed: what was not heard is said again, and the silent are forgotten. */
  tick(micros: number): void {
    if (micros < this.#nextTick) return
    this.#nextTick = micros + SECOND_MICROS
    for (const [name, connection] of this.#connections) {
      const wasAnswered = connection.isAnswered
      connection.tick(micros, this.#out)
      if (connection.isAnswered && !wasAnswered) this.counts.connectionsAnswered++
      const isSilent = connection.micros + IDLE_MICROS < micros
      if (isSilent || connection.isOver) this.#connections.delete(name)
    }
  }
}

function has(flags: number, flag: number): boolean {
  return Math.floor(flags / flag) % 2 === 1
}

function wayBack({ source, sourcePort, target, targetPort }: Packet): Way {
  return { from: target, fromPort: targetPort, to: source, toPort: sourcePort }
}

function nameOf({ source, sourcePort, target, targetPort }: Packet): string {
  return `${source} ${sourcePort} ${target} ${targetPort}`
}
