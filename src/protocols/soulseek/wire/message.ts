/**
 * Messages on a link: a length and a code, then fields. What a code means depends on the link and,
 * towards a server, on who says it; so there is one wire for each.
 *
 *   server, peer        length u32le | code u32le | fields      length counts code and fields
 *   init, distributed   length u32le | code u8    | fields
 *
 * Source: nicotine-plus/nicotine-plus doc/SLSKPROTOCOL.md and pynicotine/slskmessages.py,
 * soulfind-dev/soulfind src/server/messages.d; fixtures/.
 */
import { ByteWriter, u32le } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'
import { type Field, type Row, readRow, writeRow } from './fields.ts'
import { DISTRIBUTED, INIT, type MessageTable, PEER, SERVER_ASKS, SERVER_TELLS } from './tables.ts'

/** `name` is `other` where the code is unknown; then everything is in `rest`. */
export interface SoulseekMessage {
  readonly code: number
  readonly name: string
  readonly row: Row
  /** What follows the fields that are known: newer programs may add some. */
  readonly rest: Uint8Array
}

/** Share lists are the longest; one of a million files has about 30 MB and is not read. */
const MESSAGE_BYTES_MAX = 4_194_304

const FAULTS = ['length-too-small', 'message-too-long', 'body-broken'] as const

const NO_FIELDS: readonly Field[] = []

function wireOf(
  name: string,
  source: string,
  codeBytes: 1 | 4,
  table: MessageTable,
): Wire<SoulseekMessage> {
  function parse(bytes: Uint8Array, at: number): Outcome<SoulseekMessage> {
    const have = bytes.length - at
    if (have < 4) return need(4)
    const length = u32le(bytes, at)
    if (length < codeBytes) return malformed('length-too-small', at)
    if (length > MESSAGE_BYTES_MAX - 4) return malformed('message-too-long', at)
    if (have < 4 + length) return need(4 + length)
    const code = codeBytes === 1 ? bytes[at + 4]! : u32le(bytes, at + 4)
    const entry = table.get(code)
    const from = at + 4 + codeBytes
    const end = at + 4 + length
    const read = readRow(entry?.fields ?? NO_FIELDS, bytes, from, end)
    if ('brokenAt' in read) return malformed('body-broken', Math.min(read.brokenAt, end))
    const rest = bytes.subarray(read.end, end)
    return message({ code, name: entry?.name ?? 'other', row: read.row, rest }, 4 + length)
  }

  function emit({ code, row, rest }: SoulseekMessage): Uint8Array {
    const writer = new ByteWriter().u32le(0)
    if (codeBytes === 1) writer.u8(code)
    else writer.u32le(code)
    writeRow(writer, table.get(code)?.fields ?? NO_FIELDS, row)
    writer.bytes(rest)
    return writer.patchU32le(0, writer.size - 4).finish()
  }

  return {
    name: `soulseek/${name}`,
    source,
    carrier: 'stream',
    messageBytesMax: MESSAGE_BYTES_MAX,
    faults: FAULTS,
    parse,
    emit,
  }
}

const DOC = 'nicotine-plus/nicotine-plus doc/SLSKPROTOCOL.md'

/** What a client says to a server. */
export const serverAskWire = wireOf('server-ask', DOC, 4, SERVER_ASKS)
/** What a server says to a client. */
export const serverTellWire = wireOf('server-tell', DOC, 4, SERVER_TELLS)
/** The first message of whoever opens a connection between peers. */
export const initWire = wireOf('init', DOC, 1, INIT)
export const peerWire = wireOf('peer', DOC, 4, PEER)
export const distributedWire = wireOf('distributed', DOC, 1, DISTRIBUTED)
