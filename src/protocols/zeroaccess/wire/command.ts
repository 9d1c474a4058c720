/**
 * ZeroAccess's UDP messages (the second generation, 2012 to 2013): a CRC, a command of four letters, and
 * an XOR over all of it with a key that rolls.
 * Source: J. Wyke, "The ZeroAccess Botnet: Mining and Fraud for Massive Financial Gain" (SophosLabs,
 * 2012); robertdavidgraham/masscan src/proto-zeroaccess.c, whose two packets are the vectors.
 *
 *   on the wire   each u32le, xor a key that begins as "ftp2" (66747032) and turns left by a bit a word
 *   below it      crc u32le (CRC-32 with the field zero) | command u32le ("getL" is 4c 74 65 67)
 *   getL          0 u32le | id of the asker u32le                                        16 bytes
 *   retL          flag u32le | count u32le | count × (IPv4 4, seconds u32le)
 *                 | files u32le | files × (name u32le, time u32le, size u32le, signature 128)
 */
import { ip4, parseIp4 } from '../../../core/address.ts'
import { ByteWriter, bits, u32be, u32le } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'
import { crc32 } from '../../formats/crc32.ts'

export interface ToldPeer {
  readonly ip: string
  /** How long ago it was heard of. */
  readonly seconds: number
}

export interface OfferedFile {
  readonly name: number
  /** Seconds since 1970 at which it was made. */
  readonly time: number
  readonly size: number
  readonly signature: Uint8Array
}

export type CommandMessage =
  | { readonly type: 'getL'; readonly flag: number; readonly id: number }
  | {
      readonly type: 'retL'
      readonly flag: number
      readonly peers: readonly ToldPeer[]
      readonly files: readonly OfferedFile[]
    }
  | { readonly type: 'other'; readonly command: number; readonly body: Uint8Array }

const KEY = 0x66747032
const GET_L = 0x6765744c
const RET_L = 0x7265744c
const HEAD_BYTES = 8
const GET_L_BYTES = 16
const PEER_BYTES = 8
const FILE_BYTES = 140
/** masscan takes no more either; the bots send 16. */
const PEERS_MAX = 256
const MESSAGE_BYTES_MAX = 65_532

/** XOR with the rolling key; the same both ways. A rest of less than a word stays as it is. */
function rolled(bytes: Uint8Array): Uint8Array {
  const result = bytes.slice()
  let key = KEY
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    for (let i = 0; i < 4; i++) result[at + i] = bytes[at + i]! ^ bits(key, 8 * i, 8)
    key = bits(key, 0, 31) * 2 + bits(key, 31, 1)
  }
  return result
}

function parse(bytes: Uint8Array, at: number): Outcome<CommandMessage> {
  const size = bytes.length - at
  if (size < GET_L_BYTES) return malformed('too-short', at)
  if (size % 4 !== 0 || size > MESSAGE_BYTES_MAX) return malformed('size-wrong', at)
  // A copy, whatever kind of array it was cut from.
  const plain = rolled(new Uint8Array(bytes.subarray(at)))
  const crc = u32le(plain, 0)
  plain.fill(0, 0, 4)
  if (crc32(plain) !== crc) return malformed('crc-wrong', at)
  const command = u32le(plain, 4)
  const flag = u32le(plain, 8)
  if (command === GET_L && size === GET_L_BYTES) {
    return message({ type: 'getL', flag, id: u32le(plain, 12) }, size)
  }
  if (command !== RET_L) {
    return message({ type: 'other', command, body: plain.subarray(HEAD_BYTES) }, size)
  }
  const count = u32le(plain, 12)
  const filesAt = GET_L_BYTES + PEER_BYTES * count
  if (count > PEERS_MAX || filesAt + 4 > size) return malformed('peers-too-many', at + 12)
  const files = u32le(plain, filesAt)
  if (filesAt + 4 + FILE_BYTES * files !== size)
    return malformed('files-not-all-there', at + filesAt)
  const peers: ToldPeer[] = []
  for (let i = 0; i < count; i++) {
    const place = GET_L_BYTES + PEER_BYTES * i
    peers.push({ ip: ip4(plain, place), seconds: u32le(plain, place + 4) })
  }
  const offered: OfferedFile[] = []
  for (let i = 0; i < files; i++) offered.push(file(plain, filesAt + 4 + FILE_BYTES * i))
  return message({ type: 'retL', flag, peers, files: offered }, size)
}

function file(plain: Uint8Array, at: number): OfferedFile {
  const [name, time, size] = [u32le(plain, at), u32le(plain, at + 4), u32le(plain, at + 8)]
  return { name, time, size, signature: plain.subarray(at + 12, at + FILE_BYTES) }
}

function emit(said: CommandMessage): Uint8Array {
  const writer = new ByteWriter().u32le(0)
  switch (said.type) {
    case 'getL':
      writer.u32le(GET_L).u32le(said.flag).u32le(said.id)
      break
    case 'retL':
      writer.u32le(RET_L).u32le(said.flag).u32le(said.peers.length)
      for (const { ip, seconds } of said.peers) {
        writer.bytes(parseIp4(ip) ?? new Uint8Array(4)).u32le(seconds)
      }
      writer.u32le(said.files.length)
      for (const { name, time, size, signature } of said.files) {
        writer.u32le(name).u32le(time).u32le(size).bytes(signature)
      }
      break
    case 'other':
      writer.u32le(said.command).bytes(said.body)
      break
  }
  const plain = writer.finish()
  writer.patchU32le(0, crc32(plain))
  return rolled(writer.finish())
}

/** A command as its letters, where it is made of letters. */
export function commandText(command: number): string {
  const letters = [24, 16, 8, 0].map((from) => bits(command, from, 8))
  const plain = letters.every((letter) => letter > 0x20 && letter < 0x7f)
  return plain ? String.fromCharCode(...letters) : `0x${command.toString(16)}`
}

/** What "etL" looks like on the wire behind the CRC, whichever letter comes first. */
const LIST_COMMAND = 0x28948d

/** Whether a datagram has a command about lists where one belongs. */
export function hasListCommand(bytes: Uint8Array): boolean {
  return Math.floor(u32be(bytes, 4) / 256) === LIST_COMMAND
}

export const commandWire: Wire<CommandMessage> = {
  name: 'zeroaccess/command',
  source: 'Wyke, The ZeroAccess Botnet (SophosLabs 2012); masscan src/proto-zeroaccess.c',
  carrier: 'datagram',
  messageBytesMax: MESSAGE_BYTES_MAX,
  faults: ['too-short', 'size-wrong', 'crc-wrong', 'peers-too-many', 'files-not-all-there'],
  parse,
  emit,
}
