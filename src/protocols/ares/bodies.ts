/**
 * Bodies of frames on links without a cipher.
 * Source: gift-ares lib/as_session.c (login, answer), as_search_result.c, as_search.c.
 */
import { type Endpoint, ip4 } from '../../core/address.ts'
import { u16le, u32le } from '../../core/bytes.ts'
import { text } from '../../core/text.ts'

/** Children u16le, GUID 16, seeds 3, then supernodes: ip4, port u16le. */
const ANSWER_HEAD = 21
const NODE = 6

export function nodesIn(answer: Uint8Array): readonly Endpoint[] {
  const nodes: Endpoint[] = []
  for (let at = ANSWER_HEAD; at + NODE <= answer.length; at += NODE) {
    nodes.push(endpointAt(answer, at))
  }
  return nodes
}

/** Whether a body can be an answer's by its size. */
export function hasAnswerSize(size: number): boolean {
  return size >= ANSWER_HEAD && size <= 2048 && (size - ANSWER_HEAD) % NODE === 0
}

function endpointAt(bytes: Uint8Array, at: number): Endpoint {
  return { ip: ip4(bytes, at), port: u16le(bytes, at + 4) }
}

/** A text that ends with zero; undefined where it does not end. */
function textAt(bytes: Uint8Array, at: number): { value: string; next: number } | undefined {
  const end = bytes.indexOf(0, at)
  if (end < 0 || end - at > 512) return undefined
  return { value: text(bytes, at, end - at), next: end + 1 }
}

export interface Login {
  readonly port: number
  readonly nick: string
  readonly software: string
  readonly local: string | undefined
}

/** Nonce 20, speed u16le, uploads, most, 0, queue, port u16le, nick 0, GUID 16, 0, 0, program 0, ip4. */
export function loginIn(body: Uint8Array): Login | undefined {
  if (body.length < 30) return undefined
  const nick = textAt(body, 28)
  if (nick === undefined) return undefined
  const software = textAt(body, nick.next + 18)
  if (software === undefined) return undefined
  const local = software.next + 4 <= body.length ? ip4(body, software.next) : undefined
  return { port: u16le(body, 26), nick: nick.value, software: software.value, local }
}

export interface Result {
  readonly supernode: Endpoint
  readonly user: Endpoint
  readonly nick: string
  readonly sha1: Uint8Array
  readonly size?: number
  readonly extension?: string
}

/** 0: id u16le, supernode, user, u8, nick 0, 5, kind, size u32le, SHA-1, extension 0, …; 1: without id and 5 to size. */
export function resultIn(body: Uint8Array): Result | undefined {
  const isSearch = body[0] === 0
  if (!isSearch && body[0] !== 1) return undefined
  const at = isSearch ? 3 : 1
  if (body.length < at + 13) return undefined
  const ends = { supernode: endpointAt(body, at), user: endpointAt(body, at + 6) }
  const nick = textAt(body, at + 13)
  if (nick === undefined) return undefined
  const sha1At = nick.next + (isSearch ? 10 : 0)
  if (sha1At + 20 > body.length) return undefined
  const sha1 = body.subarray(sha1At, sha1At + 20)
  if (!isSearch) return { ...ends, nick: nick.value, sha1 }
  const extension = textAt(body, sha1At + 20)?.value ?? ''
  return { ...ends, nick: nick.value, sha1, size: u32le(body, sha1At - 4), extension }
}
