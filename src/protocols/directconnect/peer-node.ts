/** What both roles of a small NMDC peer share: commands as text, limits, lies. */
import type { Endpoint } from '../../core/address.ts'
import type { PeerSettings, Site } from '../../core/peer.ts'
import { text } from '../../core/text.ts'
import { nmdcWire } from './wire/nmdc.ts'

// biome-ignore format: a table
export const ROLES = [
  'hub',          // relays words, searches, and whom to call
  'client',       // shares, searches, fetches
  'adc-hub',      // the same in the newer dialect
  'adc-client',
] as const

// biome-ignore format: a table
export const BUGS = [
  // A hub that names a victim, where its users ask each other to call: see peer-hub.ts.
  'misdirects',
] as const

export type Bug = (typeof BUGS)[number]

/** Words of one command of people; lists of users may be longer and are not read. */
const COMMAND_BYTES_MAX = 16_384
/** Whom it says to be, so that others know it for what it is. */
export const PK = 'PeerscopeLab1.0'
/** Stands between the parts of a result. */
export const FIVE = String.fromCharCode(5)
const LOCK_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const LOCK_SIZE = 24

export function hasBug(settings: PeerSettings, bug: Bug): boolean {
  return settings.bugs.includes(bug)
}

export function command(words: string): Uint8Array {
  return nmdcWire.emit({ body: new TextEncoder().encode(words) })
}

/** Nobody else's program can read it: so says its beginning, and old ones believe it. */
export function lockOf(site: Site): string {
  return lockWith((below) => site.chance(below))
}

export function lockWith(chance: (below: number) => number): string {
  let lock = 'EXTENDEDPROTOCOL'
  for (let i = 0; i < LOCK_SIZE; i++) lock += LOCK_LETTERS[chance(LOCK_LETTERS.length)]
  return lock
}

/** The lock of `$Lock …` behind its name: up to the space. */
export function lockIn(rest: string): string {
  return rest.split(' ')[0]!
}

/** `$Name rest`, or chat where the name is empty. */
export interface Said {
  readonly name: string
  readonly rest: string
  /** The command's bytes without its end mark. */
  readonly body: Uint8Array
}

/** Reads one command of a stream and hands it on. */
export function readCommand(bytes: Uint8Array, take: (said: Said) => void): number | 'broken' {
  const outcome = nmdcWire.parse(bytes, 0)
  if (outcome.kind === 'malformed') return 'broken'
  if (outcome.kind === 'need') return bytes.length > COMMAND_BYTES_MAX ? 'broken' : 0
  const { body } = outcome.message
  const words = text(body)
  const match = /^\$([A-Za-z0-9]+):? ?/.exec(words)
  const name = match?.[1] ?? ''
  take({ name, rest: words.slice(match?.[0].length ?? 0), body })
  return outcome.size
}

/** People's words: what ends or begins commands is written otherwise. */
export function escaped(words: string): string {
  return words.replaceAll('|', '&#124;').replaceAll('$', '&#36;')
}

/** A nick that is one word. */
export function nickOf(nick: string): string {
  return nick.replace(/[\s|$<>]/g, '_').slice(0, 64)
}

export function at({ ip, port }: Endpoint): string {
  return `${ip}:${port}`
}
