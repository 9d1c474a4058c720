/**
 * OpenFT messages: commands and the fields of their bodies, in the two forms that nodes had.
 *
 *   2002   addresses of 18 bytes, class in messages of its own, searches numbered
 *   2003   addresses of 6 bytes, class in nodeinfo, sessions, searches with ids of 16 bytes
 *
 * Source: 2002: MLDonkey docs/OpenFT.txt and src/networks/openFT/openFTProtocol.ml (with dumps of
 * packets). 2003: gift-openft 0.2.1 src/proto/ft_handshake.c and ft_sharing.c, src/ft_share.c; and
 * ft_query.c, ft_protocol.h of June 2003.
 */
import { ByteWriter } from '../../../core/bytes.ts'
import { malformed, message, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'
import { FieldReader, type Kind, type Values, writeField } from './fields.ts'
import { FRAME_HEADER_BYTES, type Frame, frameWire } from './frame.ts'

export type Generation = '2002' | '2003'

export interface Said {
  readonly name: string
  readonly command: number
  /** By field name; fields that a message may lack are missing. */
  readonly values: Values
  /** What stands behind the fields, or the body of an unknown command. */
  readonly rest: Uint8Array
}

type Field = readonly [string, Kind]

interface Layout {
  readonly name: string
  readonly fields: readonly Field[]
  /** So many fields may do: those behind them are all there or none. */
  readonly few: number
}

function layout(name: string, fields: string, few = -1): Layout {
  const list =
    fields === '' ? [] : fields.split(' ').map((field) => field.split(':') as [string, Kind])
  return { name, fields: list, few: few < 0 ? list.length : few }
}

const FILE = 'availability:u32 size:u32 md5:hash mime:text path:text meta:pairs'
const OWNER = 'ip:ip port:u16 http_port:u16'
const RANGE = 'path:text start:u32 stop:u32'

// biome-ignore format: a table
const BOTH: Readonly<Record<number, Layout>> = {
  0: layout('version-request', ''),
  100: layout('child-request', 'accepted:u16', 0),
  101: layout('child-response', 'accepted:u16'),
}

// biome-ignore format: a table
const OF_2002: Readonly<Record<number, Layout>> = {
  ...BOTH,
  1: layout('version-response', 'major:u16 minor:u16 micro:u16'),
  2: layout('class-request', ''),
  3: layout('class-response', 'klass:u16'),
  4: layout('nodeinfo-request', ''),
  5: layout('nodeinfo-response', `${OWNER} alias:text`, 3),
  6: layout('nodelist-request', ''),
  7: layout('nodelist-response', 'nodes:nodes', 0),
  8: layout('nodecap-request', ''),
  9: layout('nodecap-response', 'caps:caps'),
  10: layout('ping-request', ''),
  11: layout('ping-response', ''),
  106: layout('stats-request', 'what:u16 ip:ip shares:u32 size:u32', 1),
  107: layout('stats-response', 'users:u32 shares:u32 size:u32'),
  200: layout('search-request', 'number:u32 kind:u16 query:query realm:text size_min:u32 size_max:u32 rate_min:u32 rate_max:u32'),
  201: layout('search-response', `number:u32 ${OWNER} availability:u32 size:u32 hash:text path:text`, 1),
  300: layout('push-request', `ip:ip http_port:u16 ${RANGE}`),
  301: layout('push-response', `ip:ip http_port:u16 ${RANGE}`),
}

// biome-ignore format: a table
const OF_2003: Readonly<Record<number, Layout>> = {
  ...BOTH,
  1: layout('version-response', 'major:u16 minor:u16 micro:u16 revision:u16'),
  2: layout('nodeinfo-request', 'ip:ip', 0),
  3: layout('nodeinfo-response', 'ip:ip klass:u16 port:u16 http_port:u16 alias:text'),
  4: layout('nodelist-request', 'wishes:wishes', 0),
  5: layout('nodelist-response', 'nodes:nodes', 0),
  6: layout('nodecap-request', ''),
  7: layout('nodecap-response', 'caps:caps'),
  8: layout('ping-request', ''),
  9: layout('ping-response', ''),
  10: layout('session-request', ''),
  11: layout('session-response', 'accepted:u16'),
  102: layout('child-prop', 'availability:u32'),
  103: layout('share-sync-begin', ''),
  104: layout('share-sync-end', ''),
  105: layout('share-add', 'md5:hash path:text mime:text size:u32 meta:pairs'),
  106: layout('share-add-error', 'md5:hash error:text'),
  107: layout('share-remove', 'md5:hash', 0),
  109: layout('stats-digest-add', 'ip:ip shares:u32 size:u32'),
  110: layout('stats-digest-remove', 'ip:ip'),
  111: layout('stats-request', ''),
  112: layout('stats-response', 'users:u32 shares:u32 size:u32'),
  200: layout('search-request', 'guid:hash ip:ip ttl:u16 results_max:u16 kind:u16 query:query realm:text'),
  201: layout('search-response', `guid:hash parent_ip:ip parent_port:u16 ${OWNER} alias:text ${FILE}`, 1),
  202: layout('browse-request', 'guid:hash'),
  203: layout('browse-response', `guid:hash ${FILE}`, 1),
  300: layout('push-request', `ip:ip port:u16 ${RANGE}`),
  301: layout('push-forward', `ip:ip ${RANGE}`),
}

const LAYOUTS: Readonly<Record<Generation, Readonly<Record<number, Layout>>>> = {
  '2002': OF_2002,
  '2003': OF_2003,
}

const FAULTS = [
  ...frameWire.faults,
  'is-stream',
  'body-cut',
  'family-unknown',
  'text-unended',
] as const

/** What a frame says. @param at  where its body stands in the parsed bytes, for places of faults */
export function readFrame({ command, body }: Frame, generation: Generation, at = 0): Outcome<Said> {
  const known = LAYOUTS[generation][command]
  if (known === undefined) {
    return message({ name: 'other', command, values: {}, rest: body }, body.length)
  }
  const { name, fields, few } = known
  const reader = new FieldReader(body, 0, generation === '2002')
  const values: Values = {}
  for (const [index, [field, kind]] of fields.entries()) {
    if (index === few && reader.left === 0) break
    values[field] = reader.read(kind, values)
    if (reader.fault !== undefined) return malformed(reader.fault, at + reader.at)
  }
  return message({ name, command, values, rest: body.subarray(reader.at) }, body.length)
}

function parse(generation: Generation, bytes: Uint8Array, at: number): Outcome<Said> {
  const outcome = frameWire.parse(bytes, at)
  if (outcome.kind !== 'message') return outcome
  if (outcome.message.stream) return malformed('is-stream', at)
  const read = readFrame(outcome.message, generation, at + FRAME_HEADER_BYTES)
  return read.kind === 'message' ? message(read.message, outcome.size) : read
}

function emit(generation: Generation, { command, values, rest }: Said): Uint8Array {
  const writer = new ByteWriter()
  for (const [field, kind] of LAYOUTS[generation][command]?.fields ?? []) {
    const value = values[field]
    if (value === undefined) break
    writeField(writer, kind, value, generation === '2002')
  }
  return frameWire.emit({ stream: false, command, body: writer.bytes(rest).finish() })
}

function wireOf(generation: Generation, source: string): Wire<Said> {
  return {
    name: `openft/message-${generation}`,
    source,
    carrier: 'stream',
    messageBytesMax: frameWire.messageBytesMax,
    faults: FAULTS,
    parse: (bytes, at) => parse(generation, bytes, at),
    emit: (said) => emit(generation, said),
  }
}

export const message2002Wire = wireOf('2002', 'MLDonkey docs/OpenFT.txt, openFTProtocol.ml')
export const message2003Wire = wireOf('2003', 'gift-openft 0.2.1 src/proto')
