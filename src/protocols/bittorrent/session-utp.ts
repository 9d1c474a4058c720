/**
 * uTP of one UDP flow: packets are put in order per connection and direction, and the streams are
 * read as peer connections. One UDP flow carries many connections, begun by either side.
 *
 * uTP counts packets, not bytes; so a lost packet leaves a gap of unknown size, and the session
 * inside finds its place again. A packet that the receiver acknowledged but the capture does not
 * hold is given up at once, any other once too much waits behind it. Of a packet that the capture
 * cut it is known how much is missing.
 *
 * Source: BEP 29. The other side's first data has the number of its first STATE (libutp and
 * libtorrent) or the next one (the text); the opener's acknowledgement tells which.
 */
import type { Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { FlowFacts, Moment, Out } from '../../core/protocol.ts'
import { StreamReader } from '../../core/stream-reader.ts'
import { plausibleUtp, readUtpHead, UtpHead } from './recognise-utp.ts'
import { PeerSession } from './session-peer.ts'
import type { UtpType } from './wire/utp.ts'

/** What a held packet carries: the bytes that were captured, and how many more were on the wire. */
interface Payload {
  readonly bytes: Uint8Array
  readonly missing: number
}

/** One direction of a connection. */
interface Direction {
  /** Sequence number of the next packet with data; -1 until known. */
  expected: number
  /** Whether data was handed on: then `expected` is right. */
  begun: boolean
  /** Packets that came early, by sequence number. */
  readonly held: Map<number, Payload>
  heldBytes: number
}

interface Connection {
  readonly reader: StreamReader
  readonly peer: PeerSession
  readonly directions: readonly [Direction, Direction]
  /** Keys under which it is known, at most one per side. */
  readonly keys: [number, number]
  /** Which side sent the SYN; undefined where the capture does not hold it. */
  readonly opener: Side | undefined
}

/** Packets that wait for an earlier one; real receivers ask again within a window of this size. */
const HELD_PACKETS_MAX = 128
/** An acknowledged packet may still come late in the capture: so many are waited for. */
const LATE_PACKETS = 4
const SEQUENCE_SPAN = 65_536
const NO_KEY = -1

/** Under which name packets are counted. */
// biome-ignore format: a table
const COUNTED: Readonly<Record<UtpType, string>> = {
  data: 'utp-data', fin: 'utp-fin', state: 'utp-state', reset: 'utp-reset', syn: 'utp-syn',
}

export class UtpReader {
  messages = 0
  readonly #flow: FlowFacts
  readonly #out: Out
  readonly #connections = new Map<number, Connection>()
  readonly #ended = new Set<number>()

  constructor(flow: FlowFacts, out: Out) {
    this.#flow = flow
    this.#out = out
  }

  /** @returns whether the datagram was a uTP packet */
  read(from: Side, bytes: Uint8Array, at: Moment): boolean {
    const packet = HEAD
    if (!readUtpHead(packet, bytes, Math.max(at.wireSize ?? 0, bytes.length))) return false
    this.messages++
    this.#out.count(COUNTED[packet.type])
    if (packet.type === 'syn') {
      this.#syn(from, packet, bytes, at)
      return true
    }
    const connection = this.#find(from, packet, at)
    if (connection === undefined) return true
    if (packet.type === 'state') this.#state(from, connection, packet, bytes, at)
    const { type, seq, payloadAt } = packet
    this.#acknowledged(from, connection, packet, at)
    if (type === 'data' || type === 'fin') {
      this.#data(from, connection, seq, bytes, payloadAt, at)
    } else if (type === 'reset') {
      this.#close(connection, at)
    }
    return true
  }

  #syn(from: Side, packet: UtpHead, bytes: Uint8Array, at: Moment): void {
    const other = from === 0 ? 1 : 0
    const own = keyOf(from, packet.connectionId + 1)
    const theirs = keyOf(other, packet.connectionId)
    const known = this.#connections.get(own)
    // A repeated SYN is the same connection as long as nothing was said in it.
    if (known !== undefined && !known.directions[from].begun) return
    if (known !== undefined) this.#close(known, at)
    this.#ended.delete(own)
    this.#ended.delete(theirs)
    const connection = this.#open(from, at)
    connection.directions[from].expected = following(packet.seq)
    this.#enter(connection, from, own)
    this.#enter(connection, other, theirs)
    this.#log(from, bytes, at)
  }

  #log(side: Side, bytes: Uint8Array, at: Moment): void {
    const packet = plausibleUtp(bytes, Math.max(at.wireSize ?? 0, bytes.length))!
    this.#out.say({
      type: 'message',
      log: 'bittorrent_utp',
      name: packet.type,
      side,
      fields: {
        type: packet.type,
        connection_id: packet.connectionId,
        timestamp_us: packet.timestampMicros,
        timestamp_diff_us: packet.timestampDifferenceMicros,
        wnd_size: packet.windowBytes,
        seq_nr: packet.seq,
        ack_nr: packet.ack,
        extensions: packet.extensions.map((extension) => extension.type),
      },
    })
  }

  #open(opener: Side | undefined, at: Moment): Connection {
    if (this.#connections.size >= 2 * limits.wrappedStreamsMax) {
      for (const oldest of this.#connections.values()) {
        this.#close(oldest, at)
        break
      }
    }
    const fromStart = opener !== undefined
    const peer = new PeerSession({ ...this.#flow, fromStart }, this.#out, {
      encrypted: 'perhaps',
      part: 'utp',
      via: 'utp',
    })
    return {
      reader: new StreamReader(peer),
      peer,
      directions: [newDirection(), newDirection()],
      keys: [NO_KEY, NO_KEY],
      opener,
    }
  }

  #enter(connection: Connection, side: Side, key: number): void {
    connection.keys[side] = key
    this.#connections.set(key, connection)
  }

  /** The connection of a packet; one begun before the capture is put together from both sides' ids. */
  #find(from: Side, packet: UtpHead, at: Moment): Connection | undefined {
    const key = keyOf(from, packet.connectionId)
    const known = this.#connections.get(key)
    if (known !== undefined) {
      // Known ones move to the end of the queue only when it is filling up.
      if (this.#connections.size > limits.wrappedStreamsMax) {
        this.#connections.delete(key)
        this.#connections.set(key, known)
      }
      return known
    }
    if (this.#ended.has(key)) return undefined
    const other = from === 0 ? 1 : 0
    for (const step of [1, -1]) {
      const match = this.#connections.get(keyOf(other, packet.connectionId + step))
      if (match === undefined || match.keys[from] !== NO_KEY) continue
      this.#enter(match, from, key)
      return match
    }
    const connection = this.#open(undefined, at)
    this.#enter(connection, from, key)
    return connection
  }

  /** The answer to a SYN tells where the other side's data will begin. */
  #state(from: Side, connection: Connection, packet: UtpHead, bytes: Uint8Array, at: Moment): void {
    const direction = connection.directions[from]
    if (connection.opener === undefined || connection.opener === from) return
    if (direction.expected !== -1) return
    direction.expected = packet.seq
    this.#log(from, bytes, at)
  }

  /** What `from` has acknowledged of the other side's packets. */
  #acknowledged(from: Side, connection: Connection, packet: UtpHead, at: Moment): void {
    const side = from === 0 ? 1 : 0
    const direction = connection.directions[side]
    const next = following(packet.ack)
    if (connection.opener === from && !direction.begun) {
      const drift = ahead(next, direction.expected)
      if (direction.expected === -1 || drift <= 1) direction.expected = next
      this.#drain(side, connection, at)
      return
    }
    if (direction.held.size < LATE_PACKETS || direction.expected === -1) return
    const behind = ahead(next, direction.expected)
    if (behind > 0 && behind < SEQUENCE_SPAN / 2) this.#giveUp(side, connection, at)
  }

  /** A packet with the payload bytes[payloadAt …). */
  #data(
    from: Side,
    connection: Connection,
    seq: number,
    bytes: Uint8Array,
    payloadAt: number,
    at: Moment,
  ): void {
    const direction = connection.directions[from]
    if (direction.expected === -1) direction.expected = seq
    const early = ahead(seq, direction.expected)
    if (early >= SEQUENCE_SPAN / 2) {
      this.#out.count('utp-retransmitted')
      return
    }
    const missing = Math.max(0, (at.wireSize ?? 0) - bytes.length)
    if (early === 0) {
      this.#deliver(from, connection, bytes, payloadAt, missing, at)
      this.#drain(from, connection, at)
      return
    }
    if (direction.held.has(seq)) return
    direction.held.set(seq, { bytes: bytes.slice(payloadAt), missing })
    direction.heldBytes += bytes.length - payloadAt
    while (
      direction.held.size > HELD_PACKETS_MAX ||
      direction.heldBytes > limits.segmentBytesHeldMax
    ) {
      this.#giveUp(from, connection, at)
    }
  }

  #deliver(
    from: Side,
    connection: Connection,
    bytes: Uint8Array,
    payloadAt: number,
    missing: number,
    at: Moment,
  ): void {
    const direction = connection.directions[from]
    direction.expected = following(direction.expected)
    direction.begun = true
    if (connection.peer.lost) return
    const size = bytes.length - payloadAt
    if (size > 0 && !connection.reader.pass(from, size)) {
      connection.reader.push(from, bytes.subarray(payloadAt), at)
    }
    if (missing > 0) connection.reader.gap(from, missing, at)
  }

  /** Hand on what waited for the packet that just came. */
  #drain(from: Side, connection: Connection, at: Moment): void {
    const direction = connection.directions[from]
    while (direction.held.size > 0) {
      const seq = direction.expected
      const payload = direction.held.get(seq)
      if (payload === undefined) return
      direction.held.delete(seq)
      direction.heldBytes -= payload.bytes.length
      this.#deliver(from, connection, payload.bytes, 0, payload.missing, at)
    }
  }

  /** The next packets will never come: go on with the first that is there. */
  #giveUp(from: Side, connection: Connection, at: Moment): void {
    const direction = connection.directions[from]
    let first = -1
    for (const seq of direction.held.keys()) {
      if (first === -1 || ahead(seq, direction.expected) < ahead(first, direction.expected)) {
        first = seq
      }
    }
    if (first === -1) return
    this.#out.count('utp-gap')
    connection.reader.gap(from, Number.POSITIVE_INFINITY, at)
    direction.expected = first
    direction.begun = true
    this.#drain(from, connection, at)
  }

  #close(connection: Connection, at: Moment): void {
    for (const side of [0, 1] as const) {
      while (connection.directions[side].held.size > 0) this.#giveUp(side, connection, at)
      const key = connection.keys[side]
      if (key === NO_KEY) continue
      this.#connections.delete(key)
      if (this.#ended.size >= 2 * limits.wrappedStreamsMax) this.#ended.clear()
      this.#ended.add(key)
    }
    connection.peer.end(at)
  }

  end(at: Moment): void {
    for (const connection of new Set(this.#connections.values())) this.#close(connection, at)
  }
}

/** The header of the packet being read. */
const HEAD = new UtpHead()

function newDirection(): Direction {
  return { expected: -1, begun: false, held: new Map(), heldBytes: 0 }
}

/** Connections are known by who sends and the id that it writes. */
function keyOf(side: Side, connectionId: number): number {
  return side * SEQUENCE_SPAN + ((connectionId + SEQUENCE_SPAN) % SEQUENCE_SPAN)
}

function following(seq: number): number {
  return (seq + 1) % SEQUENCE_SPAN
}

/** How far `seq` lies after `from`, going round. */
function ahead(seq: number, from: number): number {
  return (seq - from + SEQUENCE_SPAN) % SEQUENCE_SPAN
}
