/** Values of configuration and command line that are written with units, or name a place. */
import { isIP } from 'node:net'

/** In powers of ten, as figures are written everywhere in Peerscope. */
const SIZE_UNITS: Readonly<Record<string, number>> = { kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 }

export const SIZE_PATTERN = /^(\d+(?:\.\d+)?) ?(kB|MB|GB|TB)$/

/** `2GB`, `500 MB` → bytes; undefined where it is none. */
export function sizeOf(text: string): number | undefined {
  const match = SIZE_PATTERN.exec(text)
  return match === null ? undefined : Math.round(Number(match[1]) * SIZE_UNITS[match[2]!]!)
}

const DAY_SECONDS = 86_400
const TIME_UNITS: Readonly<Record<string, number>> = {
  m: 60,
  h: 3600,
  d: DAY_SECONDS,
  w: 7 * DAY_SECONDS,
}

export const SPAN_PATTERN = /^(\d+) ?(m|h|d|w)$/

/** `30d`, `12h` → seconds; undefined where it is none. */
export function secondsOf(text: string): number | undefined {
  const match = SPAN_PATTERN.exec(text)
  return match === null ? undefined : Number(match[1]) * TIME_UNITS[match[2]!]!
}

export interface Place {
  readonly host: string
  readonly port: number
}

const LISTEN_PATTERN = /^(?:(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):)?(\d{1,5})$/

/** `8686`, `0.0.0.0:8686`, `[::1]:8686`; without an address, this machine alone. */
export function placeOf(text: string): Place | undefined {
  const match = LISTEN_PATTERN.exec(text)
  const port = Number(match?.[2])
  if (match === null || port > 65_535) return undefined
  return { host: match[1]?.replace(/^\[|\]$/g, '') ?? '127.0.0.1', port }
}

/** Whether nobody but this machine can reach it. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true
  return isIP(host) === 4 ? host.startsWith('127.') : host === '::1'
}

/** `10.0.0.0/8`, `2001:db8::/32`, or one address. */
export function isNetwork(text: string): boolean {
  const match = /^([0-9a-fA-F:.]+)(?:\/(\d{1,3}))?$/.exec(text)
  const version = match === null ? 0 : isIP(match[1]!)
  if (version === 0) return false
  return match![2] === undefined || Number(match![2]) <= (version === 4 ? 32 : 128)
}
