/**
 * What a program and a queue of netfilter say to each other, as bytes.
 * Source: include/uapi/linux/netfilter/nfnetlink_queue.h; net/netfilter/nfnetlink_queue.c.
 *
 *   packet     0x300   attributes, see below
 *   verdict    0x301   2: verdict u32be, id u32be | 3: mark u32be
 *   config     0x302   1: command u8, 0, family u16be | 2: range u32be, mode u8 | 3: length u32be
 *                      4: mask u32be | 5: flags u32be
 *   batch      0x303   as a verdict, for all that wait up to this id
 */
import { ByteWriter, concat, u16be, u16le, u32be } from '../core/bytes.ts'
import { ACK, attribute, attributeU32, emitMessage, HEADERS_BYTES, REQUEST } from './netlink.ts'

export const PACKET = 0x300
const VERDICT = 0x301
const CONFIG = 0x302
const VERDICT_BATCH = 0x303

const CONFIG_COMMAND = 1
const CONFIG_PARAMS = 2
const CONFIG_LENGTH = 3
const CONFIG_MASK = 4
const CONFIG_FLAGS = 5

const COMMAND_BIND = 1
const COMMAND_UNBIND = 2
const COPY_PACKET = 2

/** Options of a queue. */
// biome-ignore format: a table
export const QUEUE_FLAGS = {
  failOpen: 1,   // a full queue lets packets pass
  gso: 4,        // segments that the kernel holds together come up together
  userId: 8,     // of local programs, whose packet it is
} as const

const ACCEPT = 1
const DROP = 0

// --- Asking ------------------------------------------------------------------------------------------

function config(queue: number, sequence: number, attributes: Uint8Array): Uint8Array {
  const flags = REQUEST + ACK
  return emitMessage({ type: CONFIG, flags, sequence, family: 0, resource: queue, attributes })
}

export function bindMessage(queue: number, sequence: number): Uint8Array {
  const command = attribute(CONFIG_COMMAND, Uint8Array.of(COMMAND_BIND, 0, 0, 0))
  return config(queue, sequence, command)
}

export function unbindMessage(queue: number, sequence: number): Uint8Array {
  const command = attribute(CONFIG_COMMAND, Uint8Array.of(COMMAND_UNBIND, 0, 0, 0))
  return config(queue, sequence, command)
}

/** @param range  so many bytes of each packet come up */
export function rangeMessage(queue: number, sequence: number, range: number): Uint8Array {
  const params = new ByteWriter().u32be(range).u8(COPY_PACKET).finish()
  return config(queue, sequence, attribute(CONFIG_PARAMS, params))
}

/** @param length  packets that may wait */
export function lengthMessage(queue: number, sequence: number, length: number): Uint8Array {
  return config(queue, sequence, attributeU32(CONFIG_LENGTH, length))
}

/** @param flags  of QUEUE_FLAGS, those that are to be on; those of `mask` that are not, are off */
export function flagsMessage(
  queue: number,
  sequence: number,
  flags: number,
  mask: number,
): Uint8Array {
  const attributes = concat(attributeU32(CONFIG_FLAGS, flags), attributeU32(CONFIG_MASK, mask))
  return config(queue, sequence, attributes)
}

// --- Deciding ----------------------------------------------------------------------------------------

export interface VerdictFields {
  readonly id: number
  readonly accept: boolean
  /** The packet's new mark; absent: as it was. */
  readonly mark?: number
  /** For all that wait, up to this one. */
  readonly isBatch: boolean
}

export function verdictMessage(queue: number, { id, accept, mark, isBatch }: VerdictFields) {
  const head = new ByteWriter()
    .u32be(accept ? ACCEPT : DROP)
    .u32be(id)
    .finish()
  const verdict = attribute(2, head)
  const attributes = mark === undefined ? verdict : concat(verdict, attributeU32(3, mark))
  const type = isBatch ? VERDICT_BATCH : VERDICT
  return emitMessage({
    type,
    flags: REQUEST,
    sequence: 0,
    family: 0,
    resource: queue,
    attributes,
  })
}

// --- Being asked -------------------------------------------------------------------------------------

/** One packet that waits; filled anew for each. Its bytes stand where the kernel put them. */
export class QueuedPacket {
  bytes: Uint8Array = new Uint8Array(0)
  id = 0
  /** 0x0800 IPv4, 0x86dd IPv6. */
  etherType = 0
  /** Where it is: 1 comes in, 2 goes through, 3 goes out. */
  hook = 0
  mark = 0
  /** Index of the interface, 0 where there is none. */
  inInterface = 0
  outInterface = 0
  /** Where the sender's hardware address stands, and its size, 0 where it has none. */
  hardwareAt = 0
  hardwareSize = 0
  /** The IP packet. */
  at = 0
  size = 0
  /** Bytes that it had before it was cut. */
  wireSize = 0
  /** Of a program on this machine; -1 where it is not known. */
  userId = -1

  #clear(): void {
    this.mark = 0
    this.inInterface = 0
    this.outInterface = 0
    this.hardwareSize = 0
    this.size = 0
    this.wireSize = 0
    this.userId = -1
  }

  /**
   * @param at   where the message begins
   * @param end  where it ends
   * @returns whether it is whole
   */
  read(bytes: Uint8Array, at: number, end: number): boolean {
    this.bytes = bytes
    this.#clear()
    let hasHead = false
    let capturedOf = 0
    for (let next = at + HEADERS_BYTES; next + 4 <= end; ) {
      const size = u16le(bytes, next)
      if (size < 4 || next + size > end) return false
      const type = u16le(bytes, next + 2) % 0x4000
      const value = next + 4
      if (type === HEAD) {
        if (size < 4 + 7) return false
        hasHead = true
        this.id = u32be(bytes, value)
        this.etherType = u16be(bytes, value + 4)
        this.hook = bytes[value + 6]!
      } else if (type === PAYLOAD) {
        this.at = value
        this.size = size - 4
      } else if (type === CAPTURED_OF) capturedOf = u32be(bytes, value)
      else this.#readMore(type, value, size - 4)
      next += size + ((4 - (size % 4)) % 4)
    }
    this.wireSize = Math.max(this.size, capturedOf)
    return hasHead
  }

  #readMore(type: number, at: number, size: number): void {
    if (type === HARDWARE) {
      if (size < 4) return
      this.hardwareSize = Math.min(u16be(this.bytes, at), size - 4)
      this.hardwareAt = at + 4
      return
    }
    if (size < 4) return
    if (type === MARK) this.mark = u32be(this.bytes, at)
    else if (type === IN_INTERFACE) this.inInterface = u32be(this.bytes, at)
    else if (type === OUT_INTERFACE) this.outInterface = u32be(this.bytes, at)
    else if (type === USER_ID) this.userId = u32be(this.bytes, at)
  }
}

// Attributes of a packet.
const HEAD = 1
const MARK = 3
const IN_INTERFACE = 5
const OUT_INTERFACE = 6
const HARDWARE = 9
const PAYLOAD = 10
const CAPTURED_OF = 13
const USER_ID = 16
