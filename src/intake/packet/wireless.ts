/**
 * IEEE 802.11 data frames that are not encrypted, and what capturing programs put before them.
 * Source: IEEE 802.11-2020 clause 9.2 and 9.3.2 (data frames, A-MSDU); radiotap.org; linux-wlan-ng
 * (Prism, AVS).
 *
 *   control u16le: version 2 bits, type 2 (2: data), subtype 4 (bit 3: QoS, bit 2: nothing inside),
 *           to-DS, from-DS, more fragments, retry, power, more, protected, order
 *   duration 2 | address 6 | address 6 | address 6 | sequence u16le: fragment 4 bits, number 12
 *   [address 6: to-DS and from-DS] [QoS 2: bit 7 = A-MSDU] [HT 4: QoS and order] | LLC …
 *   A-MSDU     destination 6 | source 6 | length u16be | LLC …            the first of several is read
 *
 *   radiotap   0 u8 | 0 u8 | length u16le | present u32le (bit 31: another) … | fields
 *   Prism      code u32 | length u32 (144) | device 16 | …                in the order of the host
 *   AVS        80 21 10 xx | length u32be | …                             also under Prism's number
 */
import { u16be, u16le, u32be, u32le } from '../../core/bytes.ts'
import { LAYER_LLC, type Layers } from './layers.ts'
import { NOT_IP, TRUNCATED } from './status.ts'

const TYPE_MASK = 0x0f
/** Version 0, type 2. */
const TYPE_DATA = 0x08
const SUBTYPE_EMPTY = 0x40
const SUBTYPE_QOS = 0x80
const BOTH_WAYS = 0x03
const MORE_FRAGMENTS = 0x04
const PROTECTED = 0x40
const ORDER = 0x80
const HEADER_BYTES = 24

/** @param isPadded  the header is filled up to a multiple of four, as some cards hand it over */
export function wireless(layers: Layers, isPadded = false): number {
  const { bytes, at, end } = layers
  if (end - at < HEADER_BYTES) return layers.wireEnd - at < HEADER_BYTES ? NOT_IP : TRUNCATED
  const kind = bytes[at]!
  const flags = bytes[at + 1]!
  if ((kind & TYPE_MASK) !== TYPE_DATA || (kind & SUBTYPE_EMPTY) !== 0) return NOT_IP
  // Pieces of frames are rare, and not put together.
  if ((flags & (PROTECTED | MORE_FRAGMENTS)) !== 0 || (bytes[at + 22]! & 15) !== 0) return NOT_IP
  const isQos = (kind & SUBTYPE_QOS) !== 0
  const addressed = HEADER_BYTES + ((flags & BOTH_WAYS) === BOTH_WAYS ? 6 : 0)
  let size = addressed
  if (isQos) size += (flags & ORDER) !== 0 ? 6 : 2
  if (isPadded) size = (size + 3) & ~3
  if (end - at < size) return TRUNCATED
  layers.at = at + size
  return isQos && (bytes[at + addressed]! & 0x80) !== 0 ? aggregated(layers) : LAYER_LLC
}

function aggregated(layers: Layers): number {
  const { bytes, at } = layers
  if (layers.end - at < 14) return TRUNCATED
  layers.at = at + 14
  layers.trim(u16be(bytes, at + 12))
  return LAYER_LLC
}

const FIELD_CLOCK = 0x01
const FIELD_FLAGS = 0x02
const MORE_FIELDS = 0x8000_0000
const FLAG_PADDED = 0x20

export function radiotap(layers: Layers): number {
  const { bytes, at, end } = layers
  if (end - at < 8) return TRUNCATED
  const size = u16le(bytes, at + 2)
  if (bytes[at] !== 0 || size < 8) return NOT_IP
  if (end - at < size) return TRUNCATED
  const present = u32le(bytes, at + 4)
  let field = at + 8
  for (let word = present; (word & MORE_FIELDS) !== 0 && field + 4 <= at + size; field += 4) {
    word = u32le(bytes, field)
  }
  // The clock has 8 bytes and stands at a multiple of them.
  if ((present & FIELD_CLOCK) !== 0) field = at + ((field - at + 7) & ~7) + 8
  const hasFlags = (present & FIELD_FLAGS) !== 0 && field < at + size
  layers.at = at + size
  return wireless(layers, hasFlags && (bytes[field]! & FLAG_PADDED) !== 0)
}

/** The two headers share one number; which it is, its first bytes say. */
export function prismOrAvs(layers: Layers): number {
  const { bytes, at, end } = layers
  if (end - at < 8) return TRUNCATED
  const isAvs = u32be(bytes, at) >>> 12 === 0x80211
  const size = isAvs ? u32be(bytes, at + 4) : Math.min(u32le(bytes, at + 4), u32be(bytes, at + 4))
  if (size < 8) return NOT_IP
  if (end - at < size) return layers.wireEnd - at < size ? NOT_IP : TRUNCATED
  layers.at = at + size
  return wireless(layers)
}
