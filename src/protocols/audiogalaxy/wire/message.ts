/**
 * What client and server say to each other: the payload of a frame, with its type in front.
 * Source: mldonkey, commit 81a0385c, agProtocol.ml (types, layouts, captured bytes);
 * gerph.org/info/agprotocol.html (names of the others, logins of 0.606W and later).
 *
 *   message         type u16be | body
 *   login           0 u32be | name | password | version | ip | rest      ip is the client's, dotted text;
 *                                                rest: 6 zeros, from 0.606W on an MD5 instead of the password
 *   share           local id u32be | name | folder | size u32be | bitrate u16be | seconds u32be | tags
 *   transfer-state  transfer 16 | state u32be
 *   file-transfer   transfer 16 | 0 listen, 1 connect | 0 send, 1 receive | ip | port u32be
 *                   | local id u32be | name | size u32be
 *   stop            transfer 16
 *   share-answer    local id u32be | hash text | server id u32be | song id u32be | size u32be
 *   login-error     reason u32be
 *
 * Texts are strings (length u16be, bytes), and so is the transfer id, of 16 bytes.
 */
import { ByteWriter } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'
import { TRANSFER_ID } from './payload.ts'
import { FieldReader, putString } from './strings.ts'

const MESSAGE_BYTES_MAX = 0xffff - 8
const FAULTS = ['body-short', 'body-long', 'transfer-id-wrong'] as const

// biome-ignore format: a table
const NAMES: Readonly<Record<number, string>> = {
  0: 'login', 1: 'logoff', 2: 'share', 3: 'share-known', 5: 'ready-for-transfer', 6: 'transfer-state',
  7: 'ready-to-send-shares', 8: 'shares-stand-by', 9: 'send-shares', 10: 'file-transfer', 11: 'stop',
  13: 'share-answer', 14: 'login-error', 23: 'new-user', 31: 'account', 33: 'shares-data',
  34: 'delete-answer', 35: 'new-account', 50: 'new-account-answer', 51: 'account-answer', 52: 'delete',
  53: 'play', 55: 'login-hash-prefix',
}

export function nameOfType(number: number): string {
  return NAMES[number] ?? 'other'
}

export function isKnownType(number: number): boolean {
  return NAMES[number] !== undefined
}

/** Texts hold one character per byte. Views live only as long as the bytes they were read from. */
export type AgMessage =
  | {
      readonly type: 'login'
      /** Zero in all that was seen. */
      readonly zero: number
      readonly name: string
      readonly password: string
      readonly version: string
      readonly ip: string
      readonly rest: Uint8Array
    }
  | {
      readonly type: 'share'
      readonly localId: number
      readonly name: string
      readonly folder: string
      readonly size: number
      readonly bitrate: number
      readonly seconds: number
      /** ID3 texts: 0 or 1 and three, 0 or 1 and five. */
      readonly tags: Uint8Array
    }
  | { readonly type: 'transfer-state'; readonly transfer: Uint8Array; readonly state: number }
  | {
      readonly type: 'file-transfer'
      readonly transfer: Uint8Array
      readonly connect: number
      readonly receive: number
      readonly ip: string
      readonly port: number
      readonly localId: number
      readonly name: string
      readonly size: number
    }
  | { readonly type: 'stop'; readonly transfer: Uint8Array }
  | {
      readonly type: 'share-answer'
      readonly localId: number
      readonly hash: string
      readonly serverId: number
      readonly songId: number
      readonly size: number
    }
  | { readonly type: 'login-error'; readonly reason: number }
  | { readonly type: 'other'; readonly number: number; readonly body: Uint8Array }

type Known = Exclude<AgMessage, { type: 'other' }>

function parse(bytes: Uint8Array, at: number): Outcome<AgMessage> {
  const size = bytes.length - at
  const reader = new FieldReader(bytes, at)
  const number = reader.u16()
  if (!reader.ok) return malformed('body-short', at)
  if (size > MESSAGE_BYTES_MAX) return malformed('body-long', at)
  const found = READERS[number]?.(reader)
  if (found === undefined) return message({ type: 'other', number, body: reader.rest() }, size)
  if (!reader.ok) return malformed('body-short', reader.at)
  if (reader.left > 0) return malformed('body-long', reader.at)
  if ('transfer' in found && found.transfer.length !== TRANSFER_ID) {
    return malformed('transfer-id-wrong', at + 2)
  }
  return message(found, size)
}

// biome-ignore format: one reader per type
const READERS: Readonly<Record<number, (reader: FieldReader) => Known>> = {
  0: (r) => ({
    type: 'login', zero: r.u32(), name: r.string(), password: r.string(), version: r.string(),
    ip: r.string(), rest: r.rest(),
  }),
  2: (r) => ({
    type: 'share', localId: r.u32(), name: r.string(), folder: r.string(), size: r.u32(),
    bitrate: r.u16(), seconds: r.u32(), tags: r.rest(),
  }),
  6: (r) => ({ type: 'transfer-state', transfer: r.bytes(r.u16()), state: r.u32() }),
  10: (r) => ({
    type: 'file-transfer', transfer: r.bytes(r.u16()), connect: r.u8(), receive: r.u8(),
    ip: r.string(), port: r.u32(), localId: r.u32(), name: r.string(), size: r.u32(),
  }),
  11: (r) => ({ type: 'stop', transfer: r.bytes(r.u16()) }),
  13: (r) => ({
    type: 'share-answer', localId: r.u32(), hash: r.string(), serverId: r.u32(), songId: r.u32(),
    size: r.u32(),
  }),
  14: (r) => ({ type: 'login-error', reason: r.u32() }),
}

const NUMBERS: Readonly<Record<Known['type'], number>> = {
  login: 0,
  share: 2,
  'transfer-state': 6,
  'file-transfer': 10,
  stop: 11,
  'share-answer': 13,
  'login-error': 14,
}

function emit(said: AgMessage): Uint8Array {
  const writer = new ByteWriter()
  if (said.type === 'other') return writer.u16be(said.number).bytes(said.body).finish()
  writer.u16be(NUMBERS[said.type])
  emitBody(writer, said)
  return writer.finish()
}

function emitBody(writer: ByteWriter, said: Known): void {
  switch (said.type) {
    case 'login':
      writer.u32be(said.zero)
      for (const text of [said.name, said.password, said.version, said.ip]) putString(writer, text)
      writer.bytes(said.rest)
      return
    case 'share':
      putString(putString(writer.u32be(said.localId), said.name), said.folder)
      writer.u32be(said.size).u16be(said.bitrate).u32be(said.seconds).bytes(said.tags)
      return
    case 'transfer-state':
      putId(writer, said.transfer).u32be(said.state)
      return
    case 'file-transfer':
      putString(putId(writer, said.transfer).u8(said.connect).u8(said.receive), said.ip)
      putString(writer.u32be(said.port).u32be(said.localId), said.name).u32be(said.size)
      return
    case 'stop':
      putId(writer, said.transfer)
      return
    case 'share-answer':
      putString(writer.u32be(said.localId), said.hash)
      writer.u32be(said.serverId).u32be(said.songId).u32be(said.size)
      return
    case 'login-error':
      writer.u32be(said.reason)
  }
}

function putId(writer: ByteWriter, id: Uint8Array): ByteWriter {
  return writer.u16be(id.length).bytes(id)
}

export const messageWire: Wire<AgMessage> = {
  name: 'audiogalaxy/message',
  source: 'mldonkey 81a0385c, agProtocol.ml; gerph.org/info/agprotocol.html',
  carrier: 'datagram',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: FAULTS,
  parse,
  emit,
}
