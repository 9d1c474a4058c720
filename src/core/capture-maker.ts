/**
 * Captures made by hand: for fixtures, tests and benches. Classic pcap, microseconds, Ethernet, IPv4;
 * deterministic, with true checksums.
 * Source: pcap file format (draft-ietf-opsawg-pcap), RFC 791, RFC 9293, RFC 768.
 */
import { type Endpoint, parseIp4 } from './address.ts'
import { ByteWriter, concat, u16be } from './bytes.ts'
import type { Side } from './event.ts'

const LINK_ETHERNET = 1
/** Largest TCP payload of one packet: 1500 less the headers. */
const SEGMENT_BYTES = 1460
const FIN = 0x01
const SYN = 0x02
const PSH = 0x08
const ACK = 0x10
const EMPTY = new Uint8Array(0)

/** Ones' complement sum of 16-bit words, RFC 1071. */
function checksum(bytes: Uint8Array): number {
  let sum = 0
  for (let at = 0; at + 1 < bytes.length; at += 2) sum += u16be(bytes, at)
  if (bytes.length % 2 === 1) sum += bytes.at(-1)! * 256
  while (sum > 0xffff) sum = (sum % 0x1_0000) + Math.floor(sum / 0x1_0000)
  return 0xffff - sum
}

export class CaptureMaker {
  readonly #file = new ByteWriter()
  #packets = 0
  #micros = 0
  /** Microseconds between packets. */
  readonly #step: number

  constructor(startMicros = 1_700_000_000_000_000, stepMicros = 1000) {
    this.#micros = startMicros
    this.#step = stepMicros
    this.#file.u32le(0xa1b2c3d4).u16le(2).u16le(4).u32le(0).u32le(0)
    this.#file.u32le(262_144).u32le(LINK_ETHERNET)
  }

  /** Let time pass. */
  wait(micros: number): this {
    this.#micros += micros
    return this
  }

  /** One link-layer frame as it is. */
  frame(bytes: Uint8Array): this {
    this.#file.u32le(Math.floor(this.#micros / 1e6)).u32le(this.#micros % 1e6)
    this.#file.u32le(bytes.length).u32le(bytes.length).bytes(bytes)
    this.#micros += this.#step
    this.#packets++
    return this
  }

  /** One IPv4 packet that carries `payload`. */
  ip(source: string, target: string, protocol: number, payload: Uint8Array): this {
    const header = new ByteWriter()
      .u8(0x45)
      .u8(0)
      .u16be(20 + payload.length)
    header
      .u16be(this.#packets % 0x1_0000)
      .u16be(0x4000)
      .u8(64)
      .u8(protocol)
      .u16be(0)
    header.bytes(parseIp4(source)!).bytes(parseIp4(target)!)
    const bytes = header.finish()
    const sum = checksum(bytes)
    bytes[10] = Math.floor(sum / 256)
    bytes[11] = sum % 256
    const ethernet = new ByteWriter().latin1('\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x01')
    return this.frame(concat(ethernet.u16be(0x0800).finish(), bytes, payload))
  }

  udp(from: Endpoint, to: Endpoint, payload: Uint8Array): this {
    const head = new ByteWriter()
      .u16be(from.port)
      .u16be(to.port)
      .u16be(8 + payload.length)
      .u16be(0)
    return this.#checked(from, to, 17, concat(head.finish(), payload), 6)
  }

  /** A connection, opened with its three packets. */
  tcp(opener: Endpoint, other: Endpoint): Connection {
    return new Connection(this, [opener, other])
  }

  /** One TCP segment with numbers of the caller's choice. */
  segment(
    from: Endpoint,
    to: Endpoint,
    fields: { sequence: number; acknowledged: number; flags: number },
    payload: Uint8Array,
  ): this {
    const head = new ByteWriter().u16be(from.port).u16be(to.port)
    head.u32be(fields.sequence).u32be(fields.acknowledged)
    head.u8(0x50).u8(fields.flags).u16be(0xffff).u16be(0).u16be(0)
    return this.#checked(from, to, 6, concat(head.finish(), payload), 16)
  }

  /** Fill in the checksum over the pseudo header, RFC 9293 section 3.1, and send. */
  #checked(from: Endpoint, to: Endpoint, protocol: number, bytes: Uint8Array, at: number): this {
    const pseudo = new ByteWriter().bytes(parseIp4(from.ip)!).bytes(parseIp4(to.ip)!)
    const sum = checksum(concat(pseudo.u16be(protocol).u16be(bytes.length).finish(), bytes))
    // A UDP sum of zero would mean "none".
    const written = sum === 0 && protocol === 17 ? 0xffff : sum
    bytes[at] = Math.floor(written / 256)
    bytes[at + 1] = written % 256
    return this.ip(from.ip, to.ip, protocol, bytes)
  }

  finish(): Uint8Array {
    return this.#file.finish()
  }
}

export class Connection {
  readonly #maker: CaptureMaker
  readonly #ends: readonly [Endpoint, Endpoint]
  /** Next sequence number of each side. */
  readonly #next: [number, number] = [1000, 5000]

  constructor(maker: CaptureMaker, ends: readonly [Endpoint, Endpoint]) {
    this.#maker = maker
    this.#ends = ends
    this.#packet(0, SYN)
    this.#packet(1, SYN | ACK)
    this.#packet(0, ACK)
  }

  /** Bytes of one side, in as many segments as they take, and the other's acknowledgement. */
  send(from: Side, bytes: Uint8Array): this {
    for (let at = 0; at < bytes.length; at += SEGMENT_BYTES) {
      this.#packet(from, PSH | ACK, bytes.subarray(at, at + SEGMENT_BYTES))
    }
    this.#packet(from === 0 ? 1 : 0, ACK)
    return this
  }

  close(): void {
    this.#packet(0, FIN | ACK)
    this.#packet(1, FIN | ACK)
    this.#packet(0, ACK)
  }

  #packet(from: Side, flags: number, payload: Uint8Array = EMPTY): void {
    const to = from === 0 ? 1 : 0
    const fields = {
      sequence: this.#next[from],
      acknowledged: (flags & ACK) === 0 ? 0 : this.#next[to],
      flags,
    }
    this.#maker.segment(this.#ends[from], this.#ends[to], fields, payload)
    this.#next[from] += payload.length + ((flags & (SYN | FIN)) === 0 ? 0 : 1)
  }
}
