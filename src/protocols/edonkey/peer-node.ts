/** What both roles of a small eDonkey peer share: frames, tags, hashes of users, limits. */
import { parseIp4 } from '../../core/address.ts'
import { hex, u32le } from '../../core/bytes.ts'
import type { Site } from '../../core/peer.ts'
import { type ClientTcpMessage, clientTcpWire } from './wire/client-tcp.ts'
import { EDONKEY, type Frame, frameWire, PACKED, unpacked } from './wire/frame.ts'
import type { Hello } from './wire/hello.ts'
import { type ServerTcpMessage, serverTcpWire } from './wire/server-tcp.ts'
import { TAG, type Tag } from './wire/tag.ts'

// biome-ignore format: a table
export const ROLES = [
  'server',   // the index: knows who shares what, and whom nobody can call
  'client',   // shares, searches, fetches
  'holder',   // has a part of a file, and lets everybody wait
  'kad-node', // names nodes and sources
  'asker',    // asks the client that it joins for sources, once
  'kad-asker', // asks the node that it joins, each minute
  'seeker',   // asks as an asker does, and calls whoever is named
  'kad-seeker', // the same in Kad
] as const

/** Whom it is ordered to join it tells as a source of everything: a server, a holder, a node of Kad. */
export const BUGS = ['injects'] as const

export const NONE: Uint8Array = new Uint8Array(0)
/** The version of eDonkey2000 that later clients still say they speak. */
const VERSION = 60
/** Its place in a user hash tells eMule and its kin by 0e; this one is none of them. */
const MARK_AT = 5
const MARK = 0x50

export function newUserHash(site: Site): string {
  const hash = new Uint8Array(16)
  for (let i = 0; i < 16; i++) hash[i] = site.chance(256)
  hash[MARK_AT] = MARK
  return hex(hash)
}

export function serverFrame(message: ServerTcpMessage): Uint8Array {
  return framed(serverTcpWire.emit(message))
}

export function clientFrame(message: ClientTcpMessage): Uint8Array {
  return framed(clientTcpWire.emit(message))
}

function framed(content: Uint8Array): Uint8Array {
  return frameWire.emit({ protocol: EDONKEY, opcode: content[0]!, content })
}

/** A message of a link to a server. @returns undefined where it is none that can be read */
export function serverMessageOf(frame: Frame): ServerTcpMessage | undefined {
  const content = frame.protocol === PACKED ? unpacked(frame.content) : frame.content
  if (content === undefined) return undefined
  const outcome = serverTcpWire.parse(content, 0)
  return outcome.kind === 'message' ? outcome.message : undefined
}

/** A message of a link between clients; eMule's own are passed over. */
export function clientMessageOf(frame: Frame): ClientTcpMessage | undefined {
  if (frame.protocol !== EDONKEY) return { type: 'other', opcode: frame.opcode, rest: NONE }
  const outcome = clientTcpWire.parse(frame.content, 0)
  return outcome.kind === 'message' ? outcome.message : undefined
}

/** Reads one frame of a stream and hands it on. */
export function readFrame(bytes: Uint8Array, take: (frame: Frame) => void): number | 'broken' {
  const outcome = frameWire.parse(bytes, 0)
  if (outcome.kind === 'need') return 0
  if (outcome.kind === 'malformed') return 'broken'
  take(outcome.message)
  return outcome.size
}

export function textBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export function textTag(id: number, value: string): Tag {
  return { type: 2, short: false, id, name: '', value: textBytes(value) }
}

export function numberTag(id: number, value: number): Tag {
  return { type: 3, short: false, id, name: '', value }
}

export function helloOf(
  nick: string,
  { userHash, id, port }: { userHash: string; id: number; port: number },
  server: { ip: string; port: number } | undefined,
): Hello {
  return {
    userHash,
    id,
    port,
    tags: [textTag(TAG.name, nick), numberTag(TAG.version, VERSION)],
    serverIp: server?.ip ?? '0.0.0.0',
    serverPort: server?.port ?? 0,
    tail: undefined,
  }
}

export function loginTags(nick: string): Tag[] {
  return [textTag(TAG.name, nick), numberTag(TAG.version, VERSION)]
}

/** The address as an id; of IPv6 this protocol knows nothing. */
export function highIdOf(ip: string): number | undefined {
  const bytes = parseIp4(ip)
  return bytes && u32le(bytes, 0)
}
