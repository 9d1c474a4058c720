/**
 * Local discovery: a device tells everybody in its network, in clear, who and where it is. One
 * datagram to the broadcast address or to [ff12::8384], every half minute.
 *
 *   magic 2e a7 d9 0b | protobuf: 1 device id 32, 2 address text (often), 3 instance number
 *
 * Sources: syncthing/docs specs/localdisco-v4.rst; fixtures/tcp.pcap. Up to version 0.13 the magic
 * was 9d 79 bc 39 or 7d 79 bc 40 and the body XDR, of which only the id is read here:
 *
 *   magic | length u32be = 32 | device id 32 | rest      syncthing/docs specs/localdisco-v2, -v3
 */
import { ByteWriter, u32be } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'
import { type Field, readFields, writeFields } from './fields.ts'

export const MAGIC_4 = Uint8Array.of(0x2e, 0xa7, 0xd9, 0x0b)
export const MAGIC_2 = Uint8Array.of(0x9d, 0x79, 0xbc, 0x39)
export const MAGIC_3 = Uint8Array.of(0x7d, 0x79, 0xbc, 0x40)

const DEVICE_ID_BYTES = 32

export type Announcement =
  | { readonly version: 4; readonly fields: readonly Field[] }
  | {
      readonly version: 2 | 3
      readonly device: Uint8Array
      /** Addresses as XDR. */
      readonly rest: Uint8Array
    }

/** One datagram; the largest seen have 600 bytes. */
const MESSAGE_BYTES_MAX = 65_535
const OLD_HEAD = 8

const FAULTS = ['magic-wrong', 'fields-broken', 'device-id-wrong', 'message-too-long'] as const

function parse(bytes: Uint8Array, at: number): Outcome<Announcement> {
  const size = bytes.length - at
  if (size > MESSAGE_BYTES_MAX) return malformed('message-too-long', at)
  const magic = size < 4 ? 0 : u32be(bytes, at)
  if (magic === u32be(MAGIC_4, 0)) {
    const fields = readFields(bytes, at + 4)
    if ('brokenAt' in fields) return malformed('fields-broken', fields.brokenAt)
    const device = fields.find(({ number, kind }) => number === 1 && kind === 2)
    if ((device?.value as Uint8Array | undefined)?.length !== DEVICE_ID_BYTES) {
      return malformed('device-id-wrong', at)
    }
    return message({ version: 4, fields }, size)
  }
  const version = magic === u32be(MAGIC_2, 0) ? 2 : magic === u32be(MAGIC_3, 0) ? 3 : undefined
  if (version === undefined) return malformed('magic-wrong', at)
  if (size < OLD_HEAD + DEVICE_ID_BYTES || u32be(bytes, at + 4) !== DEVICE_ID_BYTES) {
    return malformed('device-id-wrong', at)
  }
  const device = bytes.subarray(at + OLD_HEAD, at + OLD_HEAD + DEVICE_ID_BYTES)
  return message({ version, device, rest: bytes.subarray(at + OLD_HEAD + DEVICE_ID_BYTES) }, size)
}

function emit(said: Announcement): Uint8Array {
  const writer = new ByteWriter()
  if (said.version === 4) {
    writer.bytes(MAGIC_4)
    writeFields(writer, said.fields)
    return writer.finish()
  }
  writer.bytes(said.version === 2 ? MAGIC_2 : MAGIC_3).u32be(said.device.length)
  return writer.bytes(said.device).bytes(said.rest).finish()
}

export const announceWire: Wire<Announcement> = {
  name: 'syncthing/announce',
  source: 'syncthing/docs specs/localdisco-v4.rst',
  carrier: 'datagram',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: FAULTS,
  parse,
  emit,
}
