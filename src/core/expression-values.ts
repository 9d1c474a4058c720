/**
 * Values of an expression, read as the field wants them: numbers with units, moments, networks.
 */
import { ip4, ip6, parseIp4, parseIp6 } from './address.ts'
import type { Sureness } from './event.ts'
import type { Field, FieldUnit } from './expression-fields.ts'
import { protoNamed } from './proto-names.ts'

/** Addresses that share their first bits; a single address has all 32 or 128. */
export interface Network {
  /** The first address of it, canonical. */
  readonly ip: string
  readonly bits: number
}

/** Bytes and counts as they are, durations and moments in microseconds. */
export type Value = string | number | Network

/** From the weakest. */
export const SURENESSES = ['unsure', 'likely', 'certain'] as const satisfies readonly Sureness[]

const SECOND = 1_000_000

// biome-ignore format: a table
const UNITS: Readonly<Record<FieldUnit, Readonly<Record<string, number>>>> = {
  count: { '': 1, k: 1e3, m: 1e6, g: 1e9 },
  bytes: {
    '': 1, b: 1, k: 1e3, kb: 1e3, m: 1e6, mb: 1e6, g: 1e9, gb: 1e9, t: 1e12, tb: 1e12,
    kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40,
  },
  seconds: { '': SECOND, us: 1, ms: 1e3, s: SECOND, m: 60 * SECOND, h: 3600 * SECOND, d: 86_400 * SECOND },
}

const UNIT_WORDS: Readonly<Record<FieldUnit, string>> = {
  count: 'a number such as 80 or 10k',
  bytes: 'an amount such as 1500, 10MB or 4KiB',
  seconds: 'a time such as 30s, 5m or 1.5h',
}

/** @returns the value, or in words what was expected instead. */
export function readValue(
  field: Field,
  text: string,
): { readonly ok: Value } | { readonly error: string } {
  switch (field.type) {
    case 'text':
      return { ok: textOf(field, text) }
    case 'number':
      return known(readNumber(text, field.unit ?? 'count'), text, UNIT_WORDS[field.unit ?? 'count'])
    case 'address':
      return known(readNetwork(text), text, 'an address or a network such as 10.0.0.0/8')
    case 'sureness':
      return known(
        SURENESSES.find((name) => name === text.toLowerCase()),
        text,
        SURENESSES.join(', '),
      )
    case 'time':
      return known(readMoment(text), text, 'a time such as 2026-01-31 or 2026-01-31T10:00')
  }
}

/** Names that are written in one way only are meant in whatever case they come. */
function textOf(field: Field, text: string): string {
  switch (field.name) {
    case 'family':
    case 'part':
      return text.toLowerCase()
    case 'proto':
      return protoNamed(text)
    default:
      return text
  }
}

function known(value: Value | undefined, text: string, wanted: string) {
  return value === undefined ? { error: `"${text}" is not ${wanted}` } : { ok: value }
}

function readNumber(text: string, unit: FieldUnit): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,9})?)([a-z]{0,3})$/i.exec(text)
  if (match === null) return undefined
  const units = UNITS[unit]
  const name = match[2]!.toLowerCase()
  if (!Object.hasOwn(units, name)) return undefined
  const value = Math.round(Number(match[1]) * units[name]!)
  return Number.isSafeInteger(value) ? value : undefined
}

/** `10.0.0.0/8`, `2001:db8::/32` or an address. Bits beyond the prefix are dropped. */
export function readNetwork(text: string): Network | undefined {
  const match = /^\[?([0-9a-f.:]{2,45})\]?(?:\/(\d{1,3}))?$/i.exec(text)
  if (match === null) return undefined
  const four = parseIp4(match[1]!)
  const bytes = four ?? (match[1]!.includes(':') ? parseIp6(match[1]!) : undefined)
  if (bytes === undefined) return undefined
  const bits = match[2] === undefined ? 8 * bytes.length : Number(match[2])
  if (bits > 8 * bytes.length) return undefined
  for (const i of bytes.keys()) {
    const kept = Math.min(8, Math.max(0, bits - 8 * i))
    bytes[i] = bytes[i]! - (bytes[i]! % 2 ** (8 - kept))
  }
  if (four !== undefined) return { ip: ip4(bytes, 0), bits }
  const ip = ip6(bytes, 0)
  // An IPv4-mapped address is written as its IPv4, and so is meant as one.
  return ip.includes(':') ? { ip, bits } : { ip, bits: Math.max(0, bits - 96) }
}

const DATE = '(\\d{4})-(\\d{2})-(\\d{2})'
const TIME = '(\\d{2}):(\\d{2})(?::(\\d{2})(?:\\.(\\d{1,6}))?)?'
const ZONE = '(Z|[+-]\\d{2}:\\d{2})?'
const MOMENT = new RegExp(`^${DATE}(?:[T ]${TIME}${ZONE})?$`)

/**
 * Microseconds since 1970 of an ISO 8601 date or time; UTC where no zone is said. Written out
 * because this file knows no clock, and a clock's reader takes far more forms than these.
 */
export function readMoment(text: string): number | undefined {
  const match = MOMENT.exec(text)
  if (match === null) return undefined
  const [year, month, day, hour, minute, second] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0))
  if (month! < 1 || month! > 12 || day! < 1 || day! > daysIn(year!, month!)) return undefined
  if (hour! > 23 || minute! > 59 || second! > 59) return undefined
  const fraction = Number((match[7] ?? '').padEnd(6, '0'))
  const minutes = (days(year!, month!, day!) * 24 + hour!) * 60 + minute! - zoneMinutes(match[8])
  return (minutes * 60 + second!) * SECOND + fraction
}

function zoneMinutes(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6))
  return zone[0] === '-' ? -minutes : minutes
}

function daysIn(year: number, month: number): number {
  return month === 12 ? 31 : days(year, month + 1, 1) - days(year, month, 1)
}

/** Days since 1970-01-01 in the Gregorian calendar; a year is counted from March here. */
function days(year: number, month: number, day: number): number {
  const y = month > 2 ? year : year - 1
  const yearDay = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return 365 * y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + yearDay - 719_468
}
