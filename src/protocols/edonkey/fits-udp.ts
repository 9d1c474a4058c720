/**
 * Datagrams that say nothing readable: obfuscated Kad and eDonkey.
 *
 * Kad hides each datagram behind 16 bytes (eMule and aMule never pad them): the plain sizes are
 * all there, 16 higher. The two low bits of the first byte say how the key was made: 00 from the
 * receiver's Kad id (who asks knows it), 10 from its verify key (who answers knows that instead).
 * So a lookup is 51 bytes with 00 and its answer 35 + 25 n with 10, a ping 18 with 00 and its
 * answer 20 with 10, and so on. Chance gives the right bits and one of the sizes that go with them
 * to about one datagram in 200 (2 bits, and fewer than 20 of some 1,000 sizes); four that all fit,
 * with two exchanges of different kinds, are below 2^-30, and so are six with three exchanges of
 * one kind. Where another protocol happens to have just these two sizes, the marks still leave it
 * 2^-12; and one whose first bytes are a header is kept out, since they must vary as chance does.
 *
 * Measured: all five obfuscated flows of aMule 2.3.3 (whose Kad ids are known, so that every datagram
 * could be opened) are named, and so would be all 24 clear Kad flows if they were obfuscated. Of
 * 600,000 random conversations of datagrams from 18 to 117 bytes none is named; of those made of
 * nothing but Kad's own sizes, 90 in a million (`test/negatives/measure-chance.ts`).
 *
 * Source: eMule EncryptedDatagramSocket.cpp.
 */
import { bits, sameBytes } from '../../core/bytes.ts'
import type { Datagram, Fit, Look } from '../../core/protocol.ts'
import { datagramsLookRandom } from './chance.ts'
import { canMarkDatagram, markKind } from './obfuscation.ts'
import { judgeDatagram } from './recognise-udp.ts'

const NONE: readonly Fit[] = []

/** Bytes that obfuscation adds to a Kad datagram, and to one of eMule's. */
const KAD_OVERHEAD = 16
const PEER_OVERHEAD = 8

/**
 * Sizes of plain datagrams that are hidden under the receiver's Kad id: 01 and 60; 11 and 19 with
 * none, one or both tags; 21; 34; 35; 51 and 52.
 */
const BY_ID = new Set([2, 22, 27, 28, 33, 35, 26, 36])
/** Under its verify key: 59 and 4c; 61 and 50; 58; 4b; 53; 5a; 11 and 19. */
const BY_KEY = new Set([2, 4, 6, 19, 20, 21, 22, 27, 28, 33, 36, 37])
/** Publishing and searching by word take room for a name or a word: their size is free above this. */
const FREE_FROM = 24

function isContacts(plain: number): boolean {
  return plain >= 19 && (plain - 19) % 25 === 0 && plain <= 19 + 25 * 32
}

/** Whether size and mark of a datagram can be Kad's; `free`: only because the size is free there. */
function kadShape(datagram: Datagram): 'fixed' | 'free' | undefined {
  const first = datagram.bytes[0] ?? 0xff
  if (!canMarkDatagram(first)) return undefined
  const plain = datagram.size - KAD_OVERHEAD
  if (plain < 2) return undefined
  switch (markKind(first)) {
    case 'kad-id':
      if (BY_ID.has(plain)) return 'fixed'
      break
    case 'kad-key':
      if (BY_KEY.has(plain) || isContacts(plain)) return 'fixed'
      break
    default:
      return undefined
  }
  return plain >= FREE_FROM && plain < 1_400 ? 'free' : undefined
}

/** Plain sizes of a question, the plain sizes of its answer, and whether the answer's mark is 10. */
// biome-ignore format: a table
const EXCHANGES: readonly { ask: (plain: number) => boolean; answer: (plain: number) => boolean; name: string }[] = [
  { name: 'lookup 51 → 35 + 25 n', ask: (plain) => plain === 35, answer: isContacts },
  { name: 'ping 18 → 20', ask: (plain) => plain === 2, answer: (plain) => plain === 4 },
  { name: 'hello → hello', ask: (plain) => plain === 22 || plain === 27 || plain === 28 || plain === 33, answer: (plain) => plain === 22 || plain === 27 || plain === 28 || plain === 33 },
  { name: 'firewall check 37 → 22', ask: (plain) => plain === 21, answer: (plain) => plain === 6 },
  { name: 'bootstrap 18 → 39 + 25 n', ask: (plain) => plain === 2, answer: (plain) => plain > 23 && (plain - 23) % 25 === 0 },
  { name: 'publish → 35 or 36', ask: (plain) => plain >= 40, answer: (plain) => plain === 19 || plain === 20 },
]

/** An answer comes within this time. */
const ANSWER_MICROS_MAX = 5_000_000

function exchanges(datagrams: readonly Datagram[]): string[] {
  const answered = new Set<number>()
  const found: string[] = []
  for (const [index, asked] of datagrams.entries()) {
    if (answered.has(index)) continue
    const plain = asked.size - KAD_OVERHEAD
    for (const exchange of EXCHANGES) {
      if (!exchange.ask(plain)) continue
      const at = datagrams.findIndex(
        (each, later) =>
          later > index &&
          !answered.has(later) &&
          each.from !== asked.from &&
          each.micros - asked.micros <= ANSWER_MICROS_MAX &&
          exchange.answer(each.size - KAD_OVERHEAD) &&
          isAnswerMark(exchange.name, each),
      )
      if (at < 0) continue
      answered.add(at)
      answered.add(index)
      found.push(exchange.name)
      break
    }
  }
  return found
}

/** Hellos know each other's id; other answers go to somebody whose key alone is known. */
function isAnswerMark(name: string, datagram: Datagram): boolean {
  return name.startsWith('hello') || markKind(datagram.bytes[0]!) === 'kad-key'
}

/** Whether the first bytes vary as chance does, so that none of them is a header. */
function varies(datagrams: readonly Datagram[]): boolean {
  for (const at of [0, 1, 2, 3, 5, 7]) {
    const values = new Set(datagrams.map((each) => each.bytes[at]))
    if (values.size < Math.ceil(datagrams.length * 0.6)) return false
  }
  // The six high bits of the mark are chance: with four datagrams and more, all the same is none.
  return (
    [2, 3, 4, 5, 6, 7].filter((bit) => {
      const ones = datagrams.filter((each) => bits(each.bytes[0]!, bit, 1) === 1).length
      return ones > 0 && ones < datagrams.length
    }).length >= 4
  )
}

/** Fewest datagrams that can speak for themselves. */
const ALONE_DATAGRAMS_MIN = 4

const CAPTURED_TWICE_MICROS = 1_000

/** A datagram that was captured twice, as on a port that mirrors both ways, counts once. */
function withoutTwins(datagrams: readonly Datagram[]): readonly Datagram[] {
  const kept = datagrams.filter((datagram, index) => {
    const before = datagrams[index - 1]
    return (
      before === undefined ||
      before.from !== datagram.from ||
      datagram.micros - before.micros >= CAPTURED_TWICE_MICROS ||
      !sameBytes(before.bytes, datagram.bytes)
    )
  })
  return kept.length === datagrams.length ? datagrams : kept
}

export function fitsUdp(look: Look): readonly Fit[] {
  const datagrams = withoutTwins(look.datagrams)
  if (datagrams.length === 0) return NONE
  const found: Fit[] = [...clearButShort(look)]
  if (!datagramsLookRandom(datagrams)) return found
  const shapes = datagrams.map(kadShape)
  if (shapes.every((shape) => shape !== undefined)) {
    const told = datagrams.map((each) => each.size).join(', ')
    const kinds = exchanges(datagrams)
    const alone =
      datagrams.length >= ALONE_DATAGRAMS_MIN &&
      shapes.filter((shape) => shape === 'free').length * 4 <= datagrams.length &&
      (new Set(kinds).size >= 2 || kinds.length >= 3) &&
      varies(datagrams)
    found.push({
      part: 'kad-obfuscated',
      taughtAs: ['kad', 'kad-obfuscated'],
      reason:
        `obfuscated Kad: datagrams of ${told} bytes, all first bytes marked as Kad's` +
        (kinds.length > 0 ? `; ${[...new Set(kinds)].join('; ')}` : ''),
      ...(alone && { alone: 'likely' as const }),
    })
  }
  if (datagrams.every(isPeerShape) && datagrams.some(({ size }) => size >= TELLING_BYTES)) {
    found.push({
      part: 'udp-obfuscated',
      taughtAs: ['peer-udp', 'kad', 'server-udp'],
      reason: 'obfuscated eDonkey datagrams: first bytes avoid the clear ones and bit 0 is set',
    })
  }
  return found
}

/** Less than this does not show whether it is chance; a question about a file has more. */
const TELLING_BYTES = 18

/** eMule's own datagrams and servers': bit 0 of the mark is set, 8 bytes more than in the clear. */
function isPeerShape({ bytes, size }: Datagram): boolean {
  const first = bytes[0] ?? 0
  return canMarkDatagram(first) && markKind(first) === 'ed2k' && size >= PEER_OVERHEAD + 2
}

/** Messages of two to six bytes in the clear: too little for a finding, enough beside a memory. */
function clearButShort(look: Look): readonly Fit[] {
  const parts = new Set<string>()
  let name = ''
  for (const datagram of look.datagrams) {
    const judged = judgeDatagram(datagram, look.ends)
    if (judged === undefined) return NONE
    parts.add(judged.part)
    name = judged.reason
  }
  return [...parts].map((part) => ({ part, taughtAs: [part], reason: name }))
}
