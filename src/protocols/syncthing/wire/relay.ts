/**
 * Relays: two devices that cannot reach each other meet at one. Each asks with the key that it was
 * invited with, in clear; then the relay passes bytes between them, and they speak TLS.
 *
 *   magic 9e 79 bc 40 | type u32be | length u32be | body (XDR)
 *   join-session  3   key: length u32be, bytes, zeros up to a multiple of 4
 *   response      4   code u32be, text as the key
 *
 * Source: syncthing/docs specs/relay-v1.rst; syncthing/syncthing lib/relay/protocol. No capture.
 */
import { ByteWriter, hasAt, u32be } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

export const RELAY_MAGIC = Uint8Array.of(0x9e, 0x79, 0xbc, 0x40)

/** The place in this list is the number. */
const TYPES = [
  'ping',
  'pong',
  'join-relay',
  'join-session',
  'response',
  'connect-request',
  'session-invitation',
  'relay-full',
] as const

export interface RelayMessage {
  readonly number: number
  readonly name: (typeof TYPES)[number] | 'other'
  readonly body: Uint8Array
}

const HEAD = 12
/** The program takes no longer ones. */
const BODY_BYTES_MAX = 1024

function parse(bytes: Uint8Array, at: number): Outcome<RelayMessage> {
  const have = bytes.length - at
  for (let i = 0; i < Math.min(have, 4); i++) {
    if (bytes[at + i] !== RELAY_MAGIC[i]) return malformed('magic-wrong', at + i)
  }
  if (have < HEAD) return need(HEAD)
  const number = u32be(bytes, at + 4)
  const length = u32be(bytes, at + 8)
  if (length > BODY_BYTES_MAX) return malformed('message-too-long', at + 8)
  if (have < HEAD + length) return need(HEAD + length)
  const body = bytes.subarray(at + HEAD, at + HEAD + length)
  return message({ number, name: TYPES[number] ?? 'other', body }, HEAD + length)
}

function emit({ number, body }: RelayMessage): Uint8Array {
  return new ByteWriter().bytes(RELAY_MAGIC).u32be(number).u32be(body.length).bytes(body).finish()
}

/** The bytes of an XDR string at `at`, where it fills the rest of `body` but for its padding. */
export function xdrBytes(body: Uint8Array, at: number): Uint8Array | undefined {
  if (body.length < at + 4) return undefined
  const length = u32be(body, at)
  const padded = at + 4 + 4 * Math.ceil(length / 4)
  return padded === body.length ? body.subarray(at + 4, at + 4 + length) : undefined
}

export function isRelay(bytes: Uint8Array): boolean {
  return hasAt(bytes, 0, RELAY_MAGIC)
}

export const relayWire: Wire<RelayMessage> = {
  name: 'syncthing/relay',
  source: 'syncthing/docs specs/relay-v1.rst',
  carrier: 'stream',
  messageBytesMax: HEAD + BODY_BYTES_MAX,
  faults: ['magic-wrong', 'message-too-long'],
  parse,
  emit,
}
