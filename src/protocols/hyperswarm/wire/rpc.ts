/**
 * Questions and answers of HyperDHT. Numbers have their least significant byte first; `uint` is one
 * byte up to 252, else fd, fe or ff and 2, 4 or 8 bytes. Addresses are ip 4 | port u16le.
 *
 *   question  03 | flags | transaction u16 | to 6 | [id 32] | [token 32] | command uint | [target 32] | [value]
 *   answer    13 | flags | transaction u16 | to 6 | [id 32] | [token 32] | [nodes] | [error uint] | [value]
 *
 *   flags of a question  1 id, 2 token, 4 command of the table itself, 8 target, 16 value
 *   flags of an answer   1 id, 2 token, 4 nodes, 8 error, 16 value
 *   nodes  count uint, so many addresses          value  length uint, bytes
 *
 * `to` is where the datagram goes: nodes learn their own address from it.
 *
 * Source: holepunchto/dht-rpc lib/io.js and lib/commands.js of version 6, mafintosh/compact-encoding;
 * holepunchto/hyperdht lib/constants.js; fixtures/swarm.pcap.
 */
import { type Endpoint, ip4, parseIp4 } from '../../../core/address.ts'
import { ByteWriter, bits, u16le, u32le } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

export interface RpcMessage {
  readonly kind: 'question' | 'answer'
  readonly transaction: number
  readonly to: Endpoint
  readonly id?: Uint8Array
  readonly token?: Uint8Array
  /** Questions: whether `command` is one of the table itself; else it is HyperDHT's. */
  readonly isInternal?: boolean
  readonly command?: number
  readonly target?: Uint8Array
  readonly nodes?: readonly Endpoint[]
  readonly error?: number
  readonly value?: Uint8Array
}

export const QUESTION = 0x03
export const ANSWER = 0x13

const HEAD = 10
const ADDRESS = 6
const KEY = 32
/** One datagram. */
const MESSAGE_BYTES_MAX = 65_535

const FAULTS = ['version-wrong', 'flags-wrong', 'cut', 'bytes-behind', 'message-too-long'] as const

/** `{ value, end }` of a uint, or undefined where it is cut or needs more than 32 bits. */
function uintAt(bytes: Uint8Array, at: number): { value: number; end: number } | undefined {
  const first = bytes[at]
  if (first === undefined) return undefined
  if (first < 0xfd) return { value: first, end: at + 1 }
  if (first === 0xfd && at + 3 <= bytes.length) return { value: u16le(bytes, at + 1), end: at + 3 }
  if (first === 0xfe && at + 5 <= bytes.length) return { value: u32le(bytes, at + 1), end: at + 5 }
  return undefined
}

function addressAt(bytes: Uint8Array, at: number): Endpoint {
  return { ip: ip4(bytes, at), port: u16le(bytes, at + 4) }
}

type Growing = { -readonly [K in keyof RpcMessage]: RpcMessage[K] }

function parse(bytes: Uint8Array, at: number): Outcome<RpcMessage> {
  const size = bytes.length - at
  if (size > MESSAGE_BYTES_MAX) return malformed('message-too-long', at)
  if (size < HEAD) return malformed('cut', at)
  const isQuestion = bytes[at] === QUESTION
  if (!isQuestion && bytes[at] !== ANSWER) return malformed('version-wrong', at)
  const flags = bytes[at + 1]!
  if (flags >= 32) return malformed('flags-wrong', at + 1)
  const has = (bit: number): boolean => bits(flags, bit, 1) === 1
  const said: Growing = {
    kind: isQuestion ? 'question' : 'answer',
    transaction: u16le(bytes, at + 2),
    to: addressAt(bytes, at + 4),
  }
  let here = at + HEAD
  const key = (): Uint8Array => {
    here += KEY
    return bytes.subarray(here - KEY, here)
  }
  if (has(0)) said.id = key()
  if (has(1)) said.token = key()
  if (isQuestion) {
    said.isInternal = has(2)
    const command = uintAt(bytes, here)
    if (command === undefined) return malformed('cut', bytes.length)
    said.command = command.value
    here = command.end
    if (has(3)) said.target = key()
  } else {
    if (has(2)) {
      const count = uintAt(bytes, here)
      if (count === undefined || count.value * ADDRESS > bytes.length - count.end) {
        return malformed('cut', bytes.length)
      }
      const from = count.end
      said.nodes = Array.from({ length: count.value }, (_, i) =>
        addressAt(bytes, from + i * ADDRESS),
      )
      here = from + count.value * ADDRESS
    }
    if (has(3)) {
      const error = uintAt(bytes, here)
      if (error === undefined) return malformed('cut', bytes.length)
      said.error = error.value
      here = error.end
    }
  }
  if (has(4)) {
    const length = uintAt(bytes, here)
    if (length === undefined) return malformed('cut', bytes.length)
    said.value = bytes.subarray(length.end, length.end + length.value)
    here = length.end + length.value
  }
  if (here > bytes.length) return malformed('cut', bytes.length)
  if (here < bytes.length) return malformed('bytes-behind', here)
  return message(said, size)
}

function emit(said: RpcMessage): Uint8Array {
  const isQuestion = said.kind === 'question'
  const flags =
    (said.id ? 1 : 0) +
    (said.token ? 2 : 0) +
    ((isQuestion ? said.isInternal : said.nodes) ? 4 : 0) +
    ((isQuestion ? said.target : said.error !== undefined) ? 8 : 0) +
    (said.value ? 16 : 0)
  const writer = new ByteWriter()
    .u8(isQuestion ? QUESTION : ANSWER)
    .u8(flags)
    .u16le(said.transaction)
  writeAddress(writer, said.to)
  if (said.id) writer.bytes(said.id)
  if (said.token) writer.bytes(said.token)
  if (said.command !== undefined) writeUint(writer, said.command)
  if (said.target) writer.bytes(said.target)
  if (said.nodes) {
    writeUint(writer, said.nodes.length)
    for (const node of said.nodes) writeAddress(writer, node)
  }
  if (said.error !== undefined) writeUint(writer, said.error)
  if (said.value) {
    writeUint(writer, said.value.length)
    writer.bytes(said.value)
  }
  return writer.finish()
}

function writeAddress(writer: ByteWriter, { ip, port }: Endpoint): void {
  writer.bytes(parseIp4(ip)!).u16le(port)
}

function writeUint(writer: ByteWriter, value: number): void {
  if (value < 0xfd) writer.u8(value)
  else if (value < 0x1_0000) writer.u8(0xfd).u16le(value)
  else writer.u8(0xfe).u32le(value)
}

export const rpcWire: Wire<RpcMessage> = {
  name: 'hyperswarm/rpc',
  source: 'holepunchto/dht-rpc lib/io.js, version 6',
  carrier: 'datagram',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: FAULTS,
  parse,
  emit,
}

/** The place is the number. */
const INTERNAL = ['ping', 'ping-nat', 'find-node', 'down-hint', 'delayed-ping'] as const
const COMMANDS = [
  'peer-handshake',
  'peer-holepunch',
  'find-peer',
  'lookup',
  'announce',
  'unannounce',
  'mutable-put',
  'mutable-get',
  'immutable-put',
  'immutable-get',
] as const

/** What a question asks; undefined where the command is unknown. */
export function commandOf({ isInternal, command }: RpcMessage): string | undefined {
  return command === undefined ? undefined : (isInternal ? INTERNAL : COMMANDS)[command]
}
