/** A connection between two small nodes: how it opens, and messages on it in clear. */
import { type Endpoint, endpointText, parseEndpoint } from '../../core/address.ts'
import { concat, sameBytes } from '../../core/bytes.ts'
import type { Link } from '../../core/peer.ts'
import type { Reference } from './peer-routes.ts'
import { fieldOf, messageWire, type TextMessage } from './wire/message.ts'

/** Session 0 (plain), presentation 1 (messages between nodes). */
const PREAMBLE = Uint8Array.of(0, 0, 0, 1)
/** What lay under one key of 0.5 at most: larger files were split. */
export const CONTENT_BYTES_MAX = 1_048_576
const HEX = /^[0-9a-f]{1,8}$/i
const END = 'EndMessage'
const DATA = 'Data'

export type Fields = readonly (readonly [string, string])[]

/** The state of a link. */
export class Line {
  /** Who is at the other end, once he said so; nodes that take no calls are nobody's reference. */
  node: Reference | undefined
  /** Somebody told this peer to join here. */
  isJoin = false
  #isBegun: boolean

  constructor(byUs: boolean) {
    this.#isBegun = byUs
  }

  /**
   * Read the next message.
   * @returns bytes used, 0 where it is not all there, or 'broken'
   */
  read(
    bytes: Uint8Array,
    take: (said: TextMessage, content: Uint8Array) => void,
  ): number | 'broken' {
    if (!this.#isBegun) {
      if (bytes.length < PREAMBLE.length) return 0
      this.#isBegun = true
      return sameBytes(bytes.subarray(0, PREAMBLE.length), PREAMBLE) ? PREAMBLE.length : 'broken'
    }
    const outcome = messageWire.parse(bytes, 0)
    if (outcome.kind === 'need') return 0
    if (outcome.kind === 'malformed') return 'broken'
    const { message, size } = outcome
    const length = message.end === END ? 0 : numberOf(message, 'DataLength')
    if (length === undefined || length > CONTENT_BYTES_MAX) return 'broken'
    if (bytes.length < size + length) return 0
    take(message, bytes.slice(size, size + length))
    return size + length
  }
}

export function emitMessage(name: string, fields: Fields, content?: Uint8Array): Uint8Array {
  const lineEnd = '\n'
  if (content === undefined) return messageWire.emit({ name, fields, end: END, lineEnd })
  const length = ['DataLength', content.length.toString(16)] as const
  return concat(
    messageWire.emit({ name, fields: [...fields, length], end: DATA, lineEnd }),
    content,
  )
}

/** What a caller begins with: the preamble, and who it is. */
export function greeting(id: string, own: Endpoint | undefined): Uint8Array {
  return concat(PREAMBLE, identity(id, own))
}

export function identity(id: string, own: Endpoint | undefined): Uint8Array {
  return emitMessage('Identify', [
    ['UniqueID', id],
    ...(own === undefined ? [] : ([['Source.physical.tcp', endpointText(own)]] as const)),
    ['Source.version', 'PeerscopeLab,0.5,1.0,1'],
  ])
}

/** Numbers are in hex. */
export function numberOf(said: TextMessage, field: string): number | undefined {
  const value = fieldOf(said, field) ?? ''
  return HEX.test(value) ? Number.parseInt(value, 16) : undefined
}

export function endpointOf(said: TextMessage, field: string): Endpoint | undefined {
  return parseEndpoint(fieldOf(said, field) ?? '')
}

export function say(link: Link | undefined, name: string, fields: Fields, content?: Uint8Array) {
  link?.send(emitMessage(name, fields, content))
}
