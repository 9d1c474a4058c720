/** What both roles of a small peer share: frames as words, one connection's part, limits, lies. */
import { parseIp4 } from '../../core/address.ts'
import { bytesOf } from '../../core/bytes.ts'
import type { PeerSettings } from '../../core/peer.ts'
import { latin1 } from '../../core/text.ts'
import { decimalOf } from './content.ts'
import { type Frame, frameWire } from './wire/frame.ts'
import { wordsOf } from './wire/words.ts'

// biome-ignore format: a table
export const ROLES = [
  'server',   // the index: knows who shares what, sends nobody a file
  'client',   // shares, searches, fetches
] as const

// biome-ignore format: a table
export const BUGS = [
  // An address is read (a client) or told (a server) in the other order: d.c.b.a is called.
  'reversed-address',
] as const

export type Bug = (typeof BUGS)[number]

/** Napster's code of a 56k modem, which tells nothing of these links. */
export const LINK_SPEED = '4'
/** Longest nick, as TekNap cuts it. */
const NICK_MAX = 19
/** A frame with more is refused by OpenNap's server: MAX_PACKET of its source is 2,048. */
export const TEXT_BYTES_MAX = 2048

export function hasBug(settings: PeerSettings, bug: Bug): boolean {
  return settings.bugs.includes(bug)
}

/** A frame's text holds one character per byte: names are UTF-8 in it. */
export function wire8(text: string): string {
  return latin1(new TextEncoder().encode(text))
}

/** Quotes cannot be written inside of quotes. */
export function quoted(text: string): string {
  return `"${text.replaceAll('"', "'")}"`
}

/** A nick that is one word. */
export function nickOf(nick: string): string {
  return wire8(nick)
    .replace(/[^!#-~\x80-\xff]/g, '_')
    .slice(0, NICK_MAX)
}

export function frame(number: number, text = ''): Uint8Array {
  return frameWire.emit({ number, text: bytesOf(text) })
}

/** The decimal number of an address; of IPv6 this protocol knows nothing. */
export function numberOfIp(ip: string, isReversed: boolean): string {
  if (parseIp4(ip) === undefined) return '0'
  return decimalOf(isReversed ? reversed(ip) : ip)
}

export function reversed(ip: string): string {
  return ip.split('.').reverse().join('.')
}

export function valuesOf(frame: Frame): string[] {
  return frame.text.length === 0 ? [] : wordsOf(latin1(frame.text)).map(({ value }) => value)
}

/** Reads one frame of a stream and hands it on. */
export function readFrame(bytes: Uint8Array, take: (frame: Frame) => void): number | 'broken' {
  const outcome = frameWire.parse(bytes, 0)
  if (outcome.kind === 'need') return 0
  if (outcome.kind === 'malformed') return 'broken'
  take(outcome.message)
  return outcome.size
}

/** Words that are searched for and found by: letters and digits, without regard to case. */
export function searchWords(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
}
