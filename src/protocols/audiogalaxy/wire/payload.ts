/**
 * Payloads that have no type: of the redirector and between peers.
 * Source: mldonkey, commit 81a0385c, agProtocol.ml.
 *
 *   redirection   port u32be | ip string              the redirector speaks first; ip is dotted text
 *   request       transfer string16 | size u32be | offset u32be      the peer that wants the file
 *   answer        string                              "OK", then the file, raw; else why not
 *
 * A string is its length u16be and its bytes; a transfer id has 16.
 */
import { parseIp4 } from '../../../core/address.ts'
import { ByteWriter } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'
import { FieldReader, putString } from './strings.ts'

export const TRANSFER_ID = 16
const PAYLOAD_BYTES_MAX = 0xffff - 8
/** `255.255.255.255` */
const REDIRECTION_BYTES_MAX = 4 + 2 + 15
const REQUEST_BYTES = 2 + TRANSFER_ID + 8

export type Payload =
  | { readonly type: 'redirection'; readonly port: number; readonly ip: string }
  | {
      readonly type: 'request'
      /** A view that lives only as long as the bytes it was read from. */
      readonly transfer: Uint8Array
      readonly size: number
      readonly offset: number
    }
  | { readonly type: 'answer'; readonly text: string }

const FAULTS = ['payload-unknown'] as const

function parse(bytes: Uint8Array, at: number): Outcome<Payload> {
  const size = bytes.length - at
  const found = redirection(bytes, at) ?? request(bytes, at) ?? answer(bytes, at)
  if (found === undefined || size > PAYLOAD_BYTES_MAX) return malformed('payload-unknown', at)
  return message(found, size)
}

function redirection(bytes: Uint8Array, at: number): Payload | undefined {
  if (bytes.length - at > REDIRECTION_BYTES_MAX) return undefined
  const reader = new FieldReader(bytes, at)
  const port = reader.u32()
  const ip = reader.string()
  const isOne = reader.ok && reader.left === 0 && port > 0 && port <= 0xffff
  return isOne && parseIp4(ip) !== undefined ? { type: 'redirection', port, ip } : undefined
}

function request(bytes: Uint8Array, at: number): Payload | undefined {
  if (bytes.length - at !== REQUEST_BYTES) return undefined
  const reader = new FieldReader(bytes, at)
  if (reader.u16() !== TRANSFER_ID) return undefined
  const transfer = reader.bytes(TRANSFER_ID)
  return { type: 'request', transfer, size: reader.u32(), offset: reader.u32() }
}

function answer(bytes: Uint8Array, at: number): Payload | undefined {
  const reader = new FieldReader(bytes, at)
  const text = reader.string()
  return reader.ok && reader.left === 0 && text !== '' ? { type: 'answer', text } : undefined
}

function emit(payload: Payload): Uint8Array {
  const writer = new ByteWriter()
  switch (payload.type) {
    case 'redirection':
      return putString(writer.u32be(payload.port), payload.ip).finish()
    case 'request':
      writer.u16be(payload.transfer.length).bytes(payload.transfer)
      return writer.u32be(payload.size).u32be(payload.offset).finish()
    case 'answer':
      return putString(writer, payload.text).finish()
  }
}

export const payloadWire: Wire<Payload> = {
  name: 'audiogalaxy/payload',
  source: 'mldonkey 81a0385c, agProtocol.ml',
  carrier: 'datagram',
  messageBytesMax: PAYLOAD_BYTES_MAX,
  faults: FAULTS,
  parse,
  emit,
}
