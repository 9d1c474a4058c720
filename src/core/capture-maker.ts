/**
 * Captures made by hand: for fixtures, tests and benches. Classic pcap, microseconds, Ethernet;
 * deterministic, with true checksums.
 * Source: pcap file format (draft-ietf-opsawg-pcap).
 */
import type { Endpoint } from './address.ts'
import { ByteWriter } from './bytes.ts'
import type { Side } from './event.ts'
import { ipFrame, type SegmentFields, tcpFrame, udpFrame } from './packet-maker.ts'

const LINK_ETHERNET = 1
/** Largest TCP payload of one packet: 1500 less the headers. */
const SEGMENT_BYTES = 1460
const FIN = 0x01
const SYN = 0x02
const PSH = 0x08
const ACK = 0x10
const EMPTY = new Uint8Array(0)

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

  /** One IP packet that carries `payload`. */
  ip(source: string, target: string, protocol: number, payload: Uint8Array): this {
    return this.frame(ipFrame(source, target, protocol, payload, this.#packets))
  }

  udp(from: Endpoint, to: Endpoint, payload: Uint8Array): this {
    return this.frame(udpFrame(from, to, payload, this.#packets))
  }

  /** A connection, opened with its three packets. */
  tcp(opener: Endpoint, other: Endpoint): Connection {
    return new Connection(this, [opener, other])
  }

  /** One TCP segment with numbers of the caller's choice. */
  segment(from: Endpoint, to: Endpoint, fields: SegmentFields, payload: Uint8Array): this {
    return this.frame(tcpFrame(from, to, fields, payload, this.#packets))
  }

  finish(): Uint8Array {
    return this.#file.finish()
  }
}

class Connection {
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
