/**
 * First bytes → Xunlei, by what other tools match: a small number, little-endian, at the start of all
 * that either side says. So many protocols begin with a small number that much is asked for:
 * - UDP: four datagrams or more, both sides, each side always the same number, in a pair that was
 *   seen; several sizes, and the number explains no size (it would be a length);
 * - TCP: a pair that was seen, in first segments of the sizes that were seen with it;
 * - HTTP: a POST of `/` whose body begins so, and whose answer's body begins so.
 * Each is 26 bits a side and more; never said more surely than likely. No port is asked.
 */
import { bytesOf, fromHex, hasAt, indexOfBytes } from '../../core/bytes.ts'
import type { Datagram, Look, Protocol, Sight } from '../../core/protocol.ts'
import { packetWire } from './wire/packet.ts'

/** libprotoident, UDP: either order. */
// biome-ignore format: a table
const UDP_PAIRS = [
  [0x36, 0x36], [0x35, 0x35], [0x35, 0x28], [0x35, 0x29], [0x34, 0x34], [0x34, 0x29], [0x33, 0x33],
  [0x32, 0x32],
] as const

/** libprotoident, TCP: [number, least size, most size] of each side's first segment, either order. */
// biome-ignore format: a table
const TCP_PAIRS = [
  [[0x3e, 132, 132], [0x36, 51, 51]],
  [[0x44, 180, 65_535], [0x3e, 9, 9]],   // "Thunder Crystal", its content network
] as const

const POST = bytesOf('POST / HTTP/1.1\r\n')
const STREAM = bytesOf('application/octet-stream')
const BLANK_LINE = bytesOf('\r\n\r\n')
/** Heads of such requests are short; further is not looked. */
const HTTP_HEAD_MAX = 1024

const NUMBERS = [0x28, 0x29, 0x32, 0x33, 0x34, 0x35, 0x36]

export const starts: Protocol['starts'] = {
  udp: NUMBERS.map(prefixOf),
  tcp: [...[0x36, 0x3e, 0x44].map(prefixOf), POST],
}

function prefixOf(number: number): Uint8Array {
  return fromHex(`${number.toString(16)}000000`)
}

export function recognise(look: Look): Sight {
  if (look.carrier === 'udp') return datagrams(look)
  return hasAt(look.heads[0], 0, POST) ? http(look) : stream(look)
}

function numberOf(bytes: Uint8Array, at = 0): number | undefined {
  const outcome = packetWire.parse(bytes, at)
  return outcome.kind === 'message' ? outcome.message.generation : undefined
}

const DATAGRAMS_MIN = 4
/** OpenDPI: longer than eight bytes. */
const DATAGRAM_BYTES_MIN = 9

function datagrams({ datagrams: all, final }: Look): Sight {
  const own: [number?, number?] = []
  const sizes = new Set<number>()
  for (const datagram of all) {
    const number = numberOf(datagram.bytes)
    if (number === undefined || datagram.size < DATAGRAM_BYTES_MIN) return 'no'
    if (isLength(number, datagram)) return 'no'
    own[datagram.from] ??= number
    if (own[datagram.from] !== number) return 'no'
    sizes.add(datagram.size)
  }
  const [a, b] = own
  if (a !== undefined && b !== undefined && !isPair(a, b)) return 'no'
  if (all.length < DATAGRAMS_MIN || a === undefined || b === undefined || sizes.size < 2) {
    return final ? 'no' : 'more'
  }
  const reasons = [`each side begins all it says with the same number, ${a} and ${b}`]
  return { part: 'peer', sureness: 'likely', reasons }
}

/** A number that tells the size of what it stands in is a length, and this something else. */
function isLength(number: number, { size }: Pick<Datagram, 'size'>): boolean {
  return number <= size && size - number <= 8
}

function isPair(a: number, b: number): boolean {
  return UDP_PAIRS.some(([x, y]) => (a === x && b === y) || (a === y && b === x))
}

function stream({ fromStart, heads, segments, final }: Look): Sight {
  if (!fromStart) return 'no'
  const numbers = heads.map((head) => numberOf(head))
  for (const [side, head] of heads.entries()) {
    if (head.length >= 4 && numbers[side] === undefined) return 'no'
  }
  const [a, b] = numbers
  if (a === undefined || b === undefined) return final ? 'no' : 'more'
  const first = segments.find((size) => size > 0) ?? 0
  const answer = -(segments.find((size) => size < 0) ?? 0)
  const isSeen = TCP_PAIRS.some(
    ([x, y]) =>
      (isSide(x, a, first) && isSide(y, b, answer)) ||
      (isSide(y, a, first) && isSide(x, b, answer)),
  )
  if (!isSeen) return 'no'
  const reasons = [`first segments of ${first} and ${answer} bytes begin with ${a} and ${b}`]
  return { part: 'peer', sureness: 'likely', reasons }
}

function isSide(
  [number, least, most]: readonly [number, number, number],
  seen: number,
  size: number,
): boolean {
  return seen === number && size >= least && size <= most
}

function http({ heads: [asked, answered], final }: Look): Sight {
  const from = bodyOf(asked)
  const isStream = indexOfBytes(asked, STREAM, 0, HTTP_HEAD_MAX) >= 0
  if (from < 0 || asked.length < from + 4) {
    return final || asked.length >= HTTP_HEAD_MAX ? 'no' : 'more'
  }
  const number = numberOf(asked, from)
  if (!isStream || number === undefined || number < 0x30 || number > 0x3f) return 'no'
  const body = bodyOf(answered)
  if (body < 0 || answered.length < body + 4) return final ? 'no' : 'more'
  const other = numberOf(answered, body)
  if (other === undefined || other < 0x30 || other > 0x3f) return 'no'
  const reasons = [`a POST of / and its answer, whose bodies begin with ${number} and ${other}`]
  return { part: 'server', sureness: 'likely', reasons }
}

function bodyOf(bytes: Uint8Array): number {
  const end = indexOfBytes(bytes, BLANK_LINE, 0, HTTP_HEAD_MAX)
  return end < 0 ? -1 : end + BLANK_LINE.length
}
