/**
 * Addresses of other nodes, in two messages.
 * Source: Bitcoin developer reference "addr"; BIP 155 "addrv2".
 *
 *   addr     count | count × (time u32le | services u64le | IP 16 | port u16be)
 *            before version 31402 without the time
 *   addrv2   count | count × (time u32le | services: compact | network u8 | size | address | port u16be)
 *
 *   network  1 IPv4, 4 bytes · 2 IPv6, 16 · 3 Tor v2, 10 · 4 Tor v3, 32 · 5 I2P, 32 · 6 CJDNS, 16 ·
 *            7 Yggdrasil, 16; others are to be passed over, up to 512 bytes
 */
import { ByteWriter, u16be, u32le } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'
import { compactSizeAt, countAt, writeCompactSize } from './compact-size.ts'
import { type NetAddress, netAddressAt, writeNetAddress } from './version.ts'

export interface ListedAddress extends NetAddress {
  /** Seconds since 1970, when it was last seen; absent in the old form. */
  readonly time?: number
}

/** MAX_ADDR_TO_SEND is 1,000; who sends more is cut off by Bitcoin Core, and is worth seeing. */
const ADDRESSES_MAX = 10_000
const OLD_BYTES = 26
const ENTRY_BYTES = 30

function parseAddr(bytes: Uint8Array, at: number): Outcome<readonly ListedAddress[]> {
  const found = countAt(bytes, at, OLD_BYTES)
  if (found === undefined) return malformed('count-wrong', at)
  const { count, size } = found
  if (count > ADDRESSES_MAX) return malformed('count-wrong', at)
  const room = bytes.length - at - size
  const each = room === count * ENTRY_BYTES ? ENTRY_BYTES : OLD_BYTES
  if (room !== count * each) return malformed('count-wrong', at)
  const list: ListedAddress[] = []
  for (let entry = at + size; entry < bytes.length; entry += each) {
    if (each === OLD_BYTES) list.push(netAddressAt(bytes, entry))
    else list.push({ time: u32le(bytes, entry), ...netAddressAt(bytes, entry + 4) })
  }
  return message(list, bytes.length - at)
}

function emitAddr(list: readonly ListedAddress[]): Uint8Array {
  const writer = writeCompactSize(new ByteWriter(), BigInt(list.length))
  for (const entry of list) {
    if (entry.time !== undefined) writer.u32le(entry.time)
    writeNetAddress(writer, entry)
  }
  return writer.finish()
}

export const addrWire: Wire<readonly ListedAddress[]> = {
  name: 'bitcoin/addr',
  source: 'Bitcoin developer reference',
  carrier: 'datagram',
  messageBytesMax: 9 + ADDRESSES_MAX * ENTRY_BYTES,
  faults: ['count-wrong'],
  parse: parseAddr,
  emit: emitAddr,
}

export interface AddressV2 {
  readonly time: number
  readonly services: bigint
  readonly network: number
  /** A view. */
  readonly address: Uint8Array
  readonly port: number
}

const ADDRESS_BYTES_MAX = 512
/** Time, services and network of a byte each, a size, an empty address, a port. */
const ENTRY_V2_BYTES_MIN = 9

function parseAddrV2(bytes: Uint8Array, at: number): Outcome<readonly AddressV2[]> {
  const found = countAt(bytes, at, ENTRY_V2_BYTES_MIN)
  if (found === undefined || found.count > ADDRESSES_MAX) return malformed('count-wrong', at)
  const list: AddressV2[] = []
  let entry = at + found.size
  for (let i = 0; i < found.count; i++) {
    const services = compactSizeAt(bytes, entry + 4)
    if (services === undefined) return malformed('entry-cut', Math.min(entry, bytes.length))
    const networkAt = entry + 4 + services.size
    const address = countAt(bytes, networkAt + 1, 1)
    if (address === undefined || address.count > ADDRESS_BYTES_MAX) {
      return malformed('address-size-wrong', Math.min(networkAt, bytes.length))
    }
    const addressAt = networkAt + 1 + address.size
    const portAt = addressAt + address.count
    if (portAt + 2 > bytes.length) return malformed('entry-cut', entry)
    list.push({
      time: u32le(bytes, entry),
      services: services.value,
      network: bytes[networkAt]!,
      address: bytes.subarray(addressAt, portAt),
      port: u16be(bytes, portAt),
    })
    entry = portAt + 2
  }
  return entry === bytes.length ? message(list, entry - at) : malformed('count-wrong', at)
}

function emitAddrV2(list: readonly AddressV2[]): Uint8Array {
  const writer = writeCompactSize(new ByteWriter(), BigInt(list.length))
  for (const { time, services, network, address, port } of list) {
    writeCompactSize(writer.u32le(time), services).u8(network)
    writeCompactSize(writer, BigInt(address.length)).bytes(address).u16be(port)
  }
  return writer.finish()
}

export const addrV2Wire: Wire<readonly AddressV2[]> = {
  name: 'bitcoin/addrv2',
  source: 'BIP 155',
  carrier: 'datagram',
  messageBytesMax: 9 + ADDRESSES_MAX * (16 + 3 + ADDRESS_BYTES_MAX),
  faults: ['count-wrong', 'entry-cut', 'address-size-wrong'],
  parse: parseAddrV2,
  emit: emitAddrV2,
}
