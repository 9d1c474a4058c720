/**
 * The envelope of every message.
 * Source: Bitcoin developer reference "Message headers"; bitcoin/bitcoin src/protocol.h CMessageHeader.
 *
 *   message   magic 4 | command 12 | length u32le | checksum 4 | payload
 *
 * The command is ASCII, filled up with zeros; the checksum is the first four bytes of SHA-256 of
 * SHA-256 of the payload. Until 20 February 2012 `version` and `verack` went without checksum (Bitcoin
 * wiki, "version handshake"): then the payload stands in its place. Seen in nDPI's bitcoin.pcap.
 */
import { createHash } from 'node:crypto'
import { ByteWriter, hasAt, u32be, u32le } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import { latin1 } from '../../../core/text.ts'
import type { Wire } from '../../../core/wire.ts'

export const HEADER_BYTES = 24
const COMMAND_AT = 4
const COMMAND_BYTES = 12
const LENGTH_AT = 16
const CHECKSUM_AT = 20
/** MAX_PROTOCOL_MESSAGE_LENGTH of bitcoin/bitcoin src/net.h; blocks of other chains may be longer. */
const PAYLOAD_BYTES_MAX = 4_000_000

export interface Frame {
  /** The four bytes as a number, first byte most significant. */
  readonly magic: number
  readonly command: string
  /** A view. */
  readonly payload: Uint8Array
  /** False where the message is one of the two that once had no checksum. */
  readonly checked: boolean
}

const OLD_HEADER_BYTES = 20
/** What stands where the checksum should: a version number of those days, at most five digits. */
const OLD_VERSION_MAX = 0xffff

/** Whether the header is one of 20 bytes; 24 bytes must be there. */
function isOld(bytes: Uint8Array, at: number, command: string): boolean {
  if (command === 'version') return u32le(bytes, at + CHECKSUM_AT) <= OLD_VERSION_MAX
  return command === 'verack' && u32be(bytes, at + CHECKSUM_AT) === u32be(bytes, at)
}

/**
 * The command of a header, or undefined where no command stands: letters, digits and signs, at least
 * one, then zeros to the end. Real ones are lower-case words; Dash has `mnauth`, others `sendaddrv2`.
 */
export function commandAt(bytes: Uint8Array, at: number): string | undefined {
  let size = 0
  while (size < COMMAND_BYTES && isCommandByte(bytes[at + COMMAND_AT + size]!)) size++
  if (size === 0) return undefined
  for (let i = size; i < COMMAND_BYTES; i++) {
    if (bytes[at + COMMAND_AT + i] !== 0) return undefined
  }
  return latin1(bytes, at + COMMAND_AT, size)
}

function isCommandByte(byte: number): boolean {
  return (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x30 && byte <= 0x39) || byte === 0x5f
}

export function lengthAt(bytes: Uint8Array, at: number): number {
  return u32le(bytes, at + LENGTH_AT)
}

function checksumOf(payload: Uint8Array): Uint8Array {
  const once = createHash('sha256').update(payload).digest()
  return createHash('sha256').update(once).digest().subarray(0, 4)
}

function parse(bytes: Uint8Array, at: number): Outcome<Frame> {
  const have = bytes.length - at
  if (have < HEADER_BYTES) return need(HEADER_BYTES)
  const command = commandAt(bytes, at)
  if (command === undefined) return malformed('command-not-a-word', at + COMMAND_AT)
  const length = lengthAt(bytes, at)
  if (length > PAYLOAD_BYTES_MAX) return malformed('message-too-long', at + LENGTH_AT)
  const checked = !isOld(bytes, at, command)
  const payloadAt = checked ? HEADER_BYTES : OLD_HEADER_BYTES
  const size = payloadAt + length
  if (have < size) return need(size)
  const payload = bytes.subarray(at + payloadAt, at + size)
  if (checked && !hasAt(bytes, at + CHECKSUM_AT, checksumOf(payload))) {
    return malformed('checksum-wrong', at + CHECKSUM_AT)
  }
  return message({ magic: u32be(bytes, at), command, payload, checked }, size)
}

function emit({ magic, command, payload, checked }: Frame): Uint8Array {
  const writer = new ByteWriter()
    .u32be(magic)
    .latin1(command.padEnd(COMMAND_BYTES, '\0'))
    .u32le(payload.length)
  if (checked) writer.bytes(checksumOf(payload))
  return writer.bytes(payload).finish()
}

export const frameWire: Wire<Frame> = {
  name: 'bitcoin/frame',
  source: 'bitcoin/bitcoin src/protocol.h',
  carrier: 'stream',
  messageBytesMax: HEADER_BYTES + PAYLOAD_BYTES_MAX,
  faults: ['command-not-a-word', 'message-too-long', 'checksum-wrong'],
  parse,
  emit,
}
