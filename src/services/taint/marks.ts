/**
 * Marks: addresses and ports that say themselves who they are, whatever order their octets come in.
 *
 *   octet   11–32 number | 33–54 group | 55–76 channel | 77–98 check
 *   port    hi 0x50 + number | lo 0x80 + group
 *
 * The four ranges do not meet, so that sorting the octets undoes any permutation, and every permutation
 * is an ordinary address of its own. They may be somebody's on the Internet: nothing may go there.
 */
import { type Endpoint, parseIp4 } from '../../core/address.ts'

const SPAN = 22
const FIRST = 11
/** What channels, groups and numbers are counted up to. */
export const MARKS_MAX = SPAN
const PORT_HIGH = 0x50
const PORT_LOW = 0x80
const OCTET = 256

export interface Mark {
  /** Places in lists that both sides know. */
  readonly channel: number
  readonly group: number
  readonly number: number
}

export interface ReadMark extends Mark {
  /** How its octets stand: `identity`, `reversed`, `swap16` (b.a.d.c), `rot16` (c.d.a.b), else by places: `1243`. */
  readonly order: string
  readonly port: 'same' | 'swapped' | 'other'
}

// biome-ignore format: a table
const ORDERS: Readonly<Record<string, string>> = {
  1234: 'identity', 4321: 'reversed', 2143: 'swap16', 3412: 'rot16',
}

export function markAt({ channel, group, number }: Mark): Endpoint {
  const values = [number, group, channel, checkOf({ channel, group, number })]
  const ip = values.map((value, place) => FIRST + SPAN * place + value).join('.')
  return { ip, port: OCTET * (PORT_HIGH + number) + PORT_LOW + group }
}

function checkOf({ channel, group, number }: Mark): number {
  return (5 * number + 7 * group + 3 * channel + 1) % SPAN
}

/** @returns undefined where it is no mark in whatever order */
export function readMark({ ip, port }: Endpoint): ReadMark | undefined {
  const octets = parseIp4(ip)
  if (octets === undefined) return undefined
  const values = [-1, -1, -1, -1]
  const places: number[] = []
  for (const octet of octets) {
    const place = Math.floor((octet - FIRST) / SPAN)
    if (values[place] !== -1) return undefined
    values[place] = octet - FIRST - SPAN * place
    places.push(place + 1)
  }
  const [number, group, channel, check] = values as [number, number, number, number]
  const mark = { channel, group, number }
  if (check !== checkOf(mark)) return undefined
  const order = places.join('')
  return { ...mark, order: ORDERS[order] ?? order, port: portOf(port, markAt(mark).port) }
}

function portOf(told: number, fed: number): ReadMark['port'] {
  if (told === fed) return 'same'
  return told === OCTET * (fed % OCTET) + Math.floor(fed / OCTET) ? 'swapped' : 'other'
}
