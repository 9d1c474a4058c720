/** Heads of transfers: who writes them, of which network, where it listens, what file it is. */
import { type Endpoint, endpointText } from '../../core/address.ts'
import { fromHex } from '../../core/bytes.ts'
import type { PeerFile, PeerSettings, Site } from '../../core/peer.ts'
import { latin1 } from '../../core/text.ts'
import { emitHttpHead } from '../formats/http-head.ts'
import { hasBug, networkOf, wire8 } from './peer-words.ts'

const PROGRAM = 'PeerscopeLab 1.0'

/** RFC 4648 section 4. */
export function base64(bytes: Uint8Array): string {
  return btoa(latin1(bytes))
}

type Header = readonly [string, string]

/** Of whom a head tells. */
export interface Writer {
  readonly site: Site
  readonly settings: PeerSettings
  /** Where its supernode is, if it has one. */
  readonly supernodeAt: Endpoint | undefined
}

function ownHeaders({ site, settings, supernodeAt }: Writer): Header[] {
  const isReversed = hasBug(settings, 'reversed-address')
  const ip = isReversed ? site.ip.split('.').reverse().join('.') : site.ip
  const headers: Header[] = [
    ['X-Kazaa-Username', wire8(settings.nick)],
    ['X-Kazaa-Network', networkOf(settings)],
    ['X-Kazaa-IP', endpointText({ ip, port: settings.port })],
  ]
  if (supernodeAt !== undefined) {
    headers.push(['X-Kazaa-SupernodeIP', endpointText(supernodeAt)])
  }
  return headers
}

/** @param transfer  its number, and that of the one who asks; lists have none */
export function requestHead(
  writer: Writer,
  target: string,
  host: Endpoint,
  transfer?: readonly [number, string],
): Uint8Array {
  const ids: Header[] =
    transfer === undefined
      ? []
      : [
          ['X-Kazaa-XferId', String(transfer[0])],
          ['X-Kazaa-XferUid', transfer[1]],
          ['Range', 'bytes=0-'],
        ]
  const headers: Header[] = [
    ['Host', endpointText(host)],
    ['UserAgent', PROGRAM],
    ...ownHeaders(writer),
    ...ids,
    ['Connection', 'close'],
  ]
  return emitHttpHead({ startLine: `GET ${target} HTTP/1.1`, headers })
}

/** Of a file from an offset to its end. */
export function fileHead(writer: Writer, file: PeerFile, hash: string, from: number): Uint8Array {
  const headers: Header[] = [
    ['Content-Range', `bytes ${from}-${file.size - 1}/${file.size}`],
    ['Content-Length', String(file.size - from)],
    ['Accept-Ranges', 'bytes'],
    ['Server', PROGRAM],
    ['Connection', 'close'],
    ...ownHeaders(writer),
    ['X-KazaaTag', `2=${wire8(file.name)}`],
    ['X-KazaaTag', `3==${base64(fromHex(hash))}`],
    ['Content-Type', 'application/octet-stream'],
  ]
  return emitHttpHead({ startLine: 'HTTP/1.1 206 Partial Content', headers })
}

export function listHead(writer: Writer, size: number): Uint8Array {
  const headers: Header[] = [
    ['Content-Length', String(size)],
    ['Server', PROGRAM],
    ['Connection', 'close'],
    ...ownHeaders(writer),
  ]
  return emitHttpHead({ startLine: 'HTTP/1.1 200 OK', headers })
}

export function refusalHead(writer: Writer, reason: string): Uint8Array {
  const headers: Header[] = [['Server', PROGRAM], ...ownHeaders(writer), ['Content-Length', '0']]
  return emitHttpHead({ startLine: `HTTP/1.1 ${reason}`, headers })
}
