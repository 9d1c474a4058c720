/**
 * What Skype's connections to ports 443 and to its login servers begin with, so that proxies take
 * them for TLS. None of it is TLS: the hello's challenge is cut out of one sequence of bytes that all
 * clients have, the answer is always the same, random and time included, and records of no bytes
 * are forbidden.
 *
 *   hello        56 bytes, always the same: an SSL 2 hello that offers TLS 1.0 | challenge, 16 bytes
 *   answer       79 bytes, always the same: a server hello of 31 January 2004, 17:23:18, for ever
 *   login-open   16 03 01 00 00             an empty handshake record, to a login server
 *   login-ready  17 03 01 00 00             an empty record of data, from it
 *
 * Behind hello and answer everything is enciphered, in no records.
 * Source: no document. Seen in the captures skype.pcap and skype_no_unknown.pcap of nDPI's tests:
 * 42 hellos with different challenges, 21 answers from as many hosts, 11 logins.
 */
import { concat, fromHex, hasAt } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

export type Cover =
  | { readonly type: 'hello'; readonly challenge: Uint8Array }
  | { readonly type: 'answer' | 'login-open' | 'login-ready' }

export const HELLO = fromHex(
  `80 46 01 03 01 002d 0000 0010 000005 000004 00000a 000009 000064 000062 000008 000003 000006
   010080 0700c0 030080 060040 020080 040080`,
)
const CHALLENGE_BYTES = 16
export const HELLO_BYTES = HELLO.length + CHALLENGE_BYTES

export const ANSWER = fromHex(
  `16 0301 004a 02 000046 0301 401be486 02ade029e17774e544b9c99cb431315e02dd779d154a9609ba5da870
   20 1ca0e4f64c6351ae2f8e4ee1e6766a0a88d5d8c55cae98c5e481f22a69bf9058 0005 00`,
)
export const LOGIN_OPEN = fromHex('16 0301 0000')
export const LOGIN_READY = fromHex('17 0301 0000')

/** Those without anything that changes, the shorter of two that begin alike first. */
const FIXED = [
  ['login-open', LOGIN_OPEN],
  ['login-ready', LOGIN_READY],
  ['answer', ANSWER],
] as const

/** Whether `bytes` from `at` agree with `wanted` as far as they go. */
export function agrees(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  const have = Math.min(bytes.length - at, wanted.length)
  return hasAt(bytes, at, wanted.subarray(0, have))
}

function parse(bytes: Uint8Array, at: number): Outcome<Cover> {
  const have = bytes.length - at
  if (agrees(bytes, at, HELLO)) {
    if (have < HELLO_BYTES) return need(HELLO_BYTES)
    const challenge = bytes.subarray(at + HELLO.length, at + HELLO_BYTES)
    return message({ type: 'hello', challenge }, HELLO_BYTES)
  }
  for (const [type, whole] of FIXED) {
    if (!agrees(bytes, at, whole)) continue
    return have < whole.length ? need(whole.length) : message({ type }, whole.length)
  }
  return malformed('not-a-cover', at)
}

function emit(said: Cover): Uint8Array {
  if (said.type === 'hello') return concat(HELLO, said.challenge)
  return FIXED.find(([type]) => type === said.type)![1]
}

export const coverWire: Wire<Cover> = {
  name: 'skype/cover',
  source: 'seen in nDPI tests skype.pcap, skype_no_unknown.pcap',
  carrier: 'stream',
  messageBytesMax: ANSWER.length,
  faults: ['not-a-cover'],
  parse,
  emit,
}
