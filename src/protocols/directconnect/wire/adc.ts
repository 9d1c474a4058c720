/**
 * ADC: lines of words, on TCP and in datagrams.
 *
 *     B  INF  AAAB  IDxxxx NIalice …  LF
 *     │  │    │     └ named parameters: two letters and a value
 *     │  │    └ who speaks and who is meant: fourbyte session ids of the hub (or a client id in U)
 *     │  └ command: a letter and two letters or digits
 *     └ for whom: B all, C the other client, D one, E one and back, F who has a feature,
 *       H the hub, I from the hub, U by datagram
 *
 * Always UTF-8. In values a space is `\s`, a line feed `\n`, a backslash `\\`. An empty line keeps alive.
 * Source: adc.sourceforge.io ADC 1.0.3, sections 3 and 5; fixtures/adc-hub.pcap.
 */
import { bytesOf, concat } from '../../../core/bytes.ts'
import { malformed, message, need, type Outcome } from '../../../core/outcome.ts'
import type { Wire } from '../../../core/wire.ts'

const LF = 0x0a
const SPACE = 0x20
const HEADER = 4
/** Chat and lists of flags are far shorter; bloom filters come as raw bytes, not as lines. */
const LINE_BYTES_MAX = 262_144

/** `{ header: "BINF", body: " AAAB NIalice" }`: the body is a view, with its first space. */
export interface AdcLine {
  /** Four characters; empty in a line that keeps alive. */
  readonly header: string
  readonly body: Uint8Array
}

const FAULTS = ['line-too-long', 'header-bad'] as const
const NOTHING = new Uint8Array(0)

function isLetter(byte: number): boolean {
  return byte >= 0x41 && byte <= 0x5a
}

function isLetterOrDigit(byte: number): boolean {
  return isLetter(byte) || (byte >= 0x30 && byte <= 0x39)
}

const KINDS = 'BCDEFHIU'

function parse(bytes: Uint8Array, at: number): Outcome<AdcLine> {
  const have = bytes.length - at
  if (have < 1) return need(1)
  if (bytes[at] === LF) return message({ header: '', body: NOTHING }, 1)
  if (!KINDS.includes(String.fromCharCode(bytes[at]!))) return malformed('header-bad', at)
  for (let i = 1; i < HEADER && i < have; i++) {
    const byte = bytes[at + i]!
    if (i === 1 ? !isLetter(byte) : !isLetterOrDigit(byte)) return malformed('header-bad', at + i)
  }
  if (have <= HEADER) return need(HEADER + 1)
  const next = bytes[at + HEADER]!
  if (next !== SPACE && next !== LF) return malformed('header-bad', at + HEADER)
  const end = bytes.indexOf(LF, at + HEADER)
  const size = (end < 0 ? bytes.length : end + 1) - at
  if (size > LINE_BYTES_MAX || (end < 0 && size === LINE_BYTES_MAX)) {
    return malformed('line-too-long', at)
  }
  if (end < 0) return need(size + 1)
  let header = ''
  for (let i = 0; i < HEADER; i++) header += String.fromCharCode(bytes[at + i]!)
  return message({ header, body: bytes.subarray(at + HEADER, end) }, size)
}

export const adcWire: Wire<AdcLine> = {
  name: 'directconnect/adc',
  source: 'ADC 1.0.3 at adc.sourceforge.io, sections 3 and 5',
  carrier: 'stream',
  messageBytesMax: LINE_BYTES_MAX,
  faults: FAULTS,
  parse,
  emit: ({ header, body }) => concat(bytesOf(header), body, bytesOf('\n')),
}

/** `AN`, `TR` … → values, unescaped. A name that comes again keeps all its values. */
export type Named = ReadonlyMap<string, readonly string[]>

/** A value as people wrote it. */
export function unescaped(value: string): string {
  return value.replace(/\\([sn\\])/g, (_, letter: string) =>
    letter === 's' ? ' ' : letter === 'n' ? '\n' : '\\',
  )
}

/** Words that begin with a two-letter name, after the positional ones. */
export function namedOf(words: readonly string[]): Named {
  const named = new Map<string, string[]>()
  for (const word of words) {
    if (!/^[A-Z][A-Z0-9]/.test(word)) continue
    const name = word.slice(0, 2)
    const values = named.get(name)
    if (values === undefined) named.set(name, [unescaped(word.slice(2))])
    else values.push(unescaped(word.slice(2)))
  }
  return named
}
