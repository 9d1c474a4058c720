/** What both roles of a small ADC peer share: lines, values, who somebody is. */
import { base32 } from '../../core/bytes.ts'
import type { Site } from '../../core/peer.ts'
import { text } from '../../core/text.ts'
import { TIGER_BYTES, tiger } from '../../core/tiger.ts'
import { adcWire, type Named, namedOf } from './wire/adc.ts'

/** The features without which nobody is let in: the base, and Tiger as its hash. */
export const FEATURES = 'ADBASE ADTIGR'
/** A line of people; lists of users come one a line. */
const LINE_BYTES_MAX = 16_384

/** Severity and code of a status. */
// biome-ignore format: a table
export const STATUS = {
  fine: '000',
  nickTaken: '222',
  idInvalid: '227',
  idTaken: '224',
  protocol: '240',
  notAvailable: '151',
  noSlots: '153',
} as const

export interface Line {
  /** For whom: B, C, D, E, F, H, I, U. */
  readonly kind: string
  /** `INF`, `SCH` … */
  readonly name: string
  /** All words, session ids too. */
  readonly words: readonly string[]
}

/** Words are to be escaped already where they are people's. */
export function line(...words: readonly string[]): Uint8Array {
  const [header, ...rest] = words
  const body = rest.map((word) => ` ${word}`).join('')
  return adcWire.emit({ header: header!, body: new TextEncoder().encode(body) })
}

export function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll(' ', '\\s').replaceAll('\n', '\\n')
}

/** Named parameters behind so many words. */
export function namedBehind({ words }: Line, count: number): Named {
  return namedOf(words.slice(count))
}

/** Reads one line of a stream and hands it on; empty ones keep alive and say nothing. */
export function readLine(bytes: Uint8Array, take: (line: Line) => void): number | 'broken' {
  const outcome = adcWire.parse(bytes, 0)
  if (outcome.kind === 'malformed') return 'broken'
  if (outcome.kind === 'need') return bytes.length > LINE_BYTES_MAX ? 'broken' : 0
  const { header, body } = outcome.message
  const words = text(body).split(' ').slice(1)
  if (header !== '') take({ kind: header[0]!, name: header.slice(1), words })
  return outcome.size
}

/** A private id, and the client id that is its hash: who shows the one is believed the other. */
export function newIds(site: Site): { readonly pid: string; readonly cid: string } {
  const secret = Uint8Array.from({ length: TIGER_BYTES }, () => site.chance(256))
  return { pid: base32(secret), cid: base32(tiger(secret)) }
}
