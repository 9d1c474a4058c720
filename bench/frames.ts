/**
 * Writes Ethernet frames of a generated capture fast: headers are patched in place, payload is copied,
 * nothing is allocated per packet. Classic pcap, microseconds, little-endian.
 */
import { closeSync, openSync, writeSync } from 'node:fs'

const BUFFER_BYTES = 8 << 20
const RECORD = 16
const ETHERNET = 14
const IPV4 = 20

export class CaptureFile {
  readonly #fd: number
  readonly #buffer = new Uint8Array(BUFFER_BYTES)
  readonly #view = new DataView(this.#buffer.buffer)
  #at = 0
  bytes = 0
  packets = 0

  constructor(path: string) {
    this.#fd = openSync(path, 'w')
    const view = this.#view
    view.setUint32(0, 0xa1b2c3d4, true)
    view.setUint16(4, 2, true)
    view.setUint16(6, 4, true)
    view.setUint32(16, 262_144, true)
    view.setUint32(20, 1, true)
    this.#at = 24
  }

  #record(micros: number, size: number): number {
    if (this.#at + RECORD + size > BUFFER_BYTES) this.#flush()
    const view = this.#view
    const at = this.#at
    view.setUint32(at, Math.floor(micros / 1e6), true)
    view.setUint32(at + 4, micros % 1e6, true)
    view.setUint32(at + 8, size, true)
    view.setUint32(at + 12, size, true)
    this.#at += RECORD + size
    this.packets++
    return at + RECORD
  }

  /** Ethernet and IPv4 headers; returns where the transport header begins. */
  #ip(at: number, source: number, target: number, protocol: number, size: number): number {
    const view = this.#view
    view.setUint32(at, 0x02000000)
    view.setUint32(at + 4, 0x00020200)
    view.setUint32(at + 8, 0x00000001)
    view.setUint16(at + 12, 0x0800)
    const ip = at + ETHERNET
    view.setUint32(ip, 0x45000000 | (IPV4 + size))
    view.setUint32(ip + 4, 0x00004000)
    view.setUint32(ip + 8, 0x40000000 | (protocol << 16))
    view.setUint32(ip + 12, source)
    view.setUint32(ip + 16, target)
    view.setUint16(ip + 10, this.#headerSum(ip))
    return ip + IPV4
  }

  #headerSum(ip: number): number {
    let sum = 0
    for (let i = 0; i < IPV4; i += 2) sum += this.#view.getUint16(ip + i)
    sum = (sum & 0xffff) + (sum >>> 16)
    return ~((sum & 0xffff) + (sum >>> 16)) & 0xffff
  }

  /** A TCP segment: [source, port] → [target, port]; payload is a part of `pool`. */
  tcp(
    micros: number,
    ends: { source: number; target: number; sourcePort: number; targetPort: number },
    state: { sequence: number; acknowledged: number; flags: number },
    payload: Uint8Array,
  ): void {
    const at = this.#record(micros, ETHERNET + IPV4 + 20 + payload.length)
    const tcp = this.#ip(at, ends.source, ends.target, 6, 20 + payload.length)
    const view = this.#view
    view.setUint16(tcp, ends.sourcePort)
    view.setUint16(tcp + 2, ends.targetPort)
    view.setUint32(tcp + 4, state.sequence)
    view.setUint32(tcp + 8, state.acknowledged)
    view.setUint32(tcp + 12, (0x50000000 | (state.flags << 16) | 0xffff) >>> 0)
    view.setUint32(tcp + 16, 0)
    this.#buffer.set(payload, tcp + 20)
  }

  udp(
    micros: number,
    ends: { source: number; target: number; sourcePort: number; targetPort: number },
    payload: Uint8Array,
  ): void {
    const at = this.#record(micros, ETHERNET + IPV4 + 8 + payload.length)
    const udp = this.#ip(at, ends.source, ends.target, 17, 8 + payload.length)
    const view = this.#view
    view.setUint16(udp, ends.sourcePort)
    view.setUint16(udp + 2, ends.targetPort)
    view.setUint32(udp + 4, (8 + payload.length) * 0x10000)
    this.#buffer.set(payload, udp + 8)
  }

  #flush(): void {
    writeSync(this.#fd, this.#buffer, 0, this.#at)
    this.bytes += this.#at
    this.#at = 0
  }

  close(): void {
    this.#flush()
    closeSync(this.#fd)
  }
}
