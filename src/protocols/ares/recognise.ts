/**
 * First bytes → Ares, or not. No specification; two open programs.
 *
 * A link: `03 00 5a . . 05` are 32 bits, in a segment of six; the answer is one of four types (6 bits) whose size is
 * 21 and six for each supernode (2 bits and 5), to the end of its segment (16): certain together, alone likely. A request in
 * text: `GET sha1:` and 28 characters of base64, or `PUSH SHA1:` and hex: certain. The binary request has no fixed
 * byte; unscrambled it has a count, a size that ends with the segment, a 01 and a field of 20 bytes (60 bits): likely, by `fits`.
 * DHT: E9 and an opcode, answered by E9 and its counterpart: 31 bits of both sides: likely.
 */
import { hasAt, u16le } from '../../core/bytes.ts'
import type { Finding, Fit, Look, Protocol, Sight } from '../../core/protocol.ts'
import { latin1 } from '../../core/text.ts'
import { hasAnswerSize } from './bodies.ts'
import { requestWire } from './wire/request.ts'

const HELLO = Uint8Array.of(3, 0, 0x5a)
const HELLO_BYTES = 6
const ANSWERS: ReadonlySet<number> = new Set([0x33, 0x38, 0x3b, 0x3c])
const FULL = 0x3b

/** Opcodes of questions → of their answers (areslite DHT/dhtconsts.pas). */
const COUNTERPARTS: ReadonlyMap<number, readonly number[]> = new Map([
  [0x50, [0x51]],
  [0x55, [0x56]],
  [0x60, [0x61, 0x62]],
  [0x70, [0x71]],
  [0x75, [0x76]],
  [0x80, [0x81, 0x84]],
  [0x82, [0x83]],
  [0x90, [0x91]],
  [0x92, [0x93]],
  [0x95, [0x96, 0x97]],
])
const DHT = 0xe9
const OPCODES: ReadonlySet<number> = new Set([...COUNTERPARTS].flat(2))

export const starts: Protocol['starts'] = {
  tcp: [HELLO, 'GET sha1:', 'PUSH SHA1:'],
  udp: [...COUNTERPARTS.keys()].map((opcode) => Uint8Array.of(DHT, opcode)),
}

function found(part: string, sureness: Finding['sureness'], reason: string): Finding {
  return { part, sureness, reasons: [reason] }
}

export function recognise(look: Look): Sight {
  if (look.carrier === 'udp') return recogniseDht(look)
  const [opener, other] = look.heads
  if (opener[0] === 3) return look.fromStart ? recogniseLink(look) : 'no'
  // After a push the side that was called asks.
  for (const head of [opener, other]) {
    const sight = recogniseText(head, look.final)
    if (sight !== 'no') return sight
  }
  return 'no'
}

function recogniseLink({ heads, segments, totals, final }: Look): Sight {
  const [opener, other] = heads
  if (!hasAt(opener, 0, HELLO)) return opener.length < HELLO.length && !final ? 'more' : 'no'
  if (opener.length < HELLO_BYTES) return final ? 'no' : 'more'
  if (opener[5] !== 5) return 'no'
  if (other.length < 3) {
    if (!final) return totals[0] > HELLO_BYTES ? 'no' : 'more'
    const isAlone = totals[0] === HELLO_BYTES && segments.length === 1
    return isAlone ? found('supernode', 'likely', 'hello of six bytes, 03 00 5a . . 05') : 'no'
  }
  const size = u16le(other, 0)
  if (!ANSWERS.has(other[2]!)) return 'no'
  if (other[2] !== FULL && !hasAnswerSize(size)) return 'no'
  if (other.length < 3 + size) return final || size > 2048 ? 'no' : 'more'
  const reason = `hello 03 00 5a . . 05, answered by type ${other[2]!.toString(16)} with ${size} bytes`
  return found('supernode', 'certain', reason)
}

const GET = /^GET sha1:[A-Za-z0-9+/]{27}=(?: HTTP\/1\.[01])?\r?\n/
const PUSH = /^PUSH SHA1:[0-9A-Fa-f]{40,56}\r?\n/
const LINE_BYTES_MAX = 128

function recogniseText(head: Uint8Array, final: boolean): Sight {
  if (head[0] !== 0x47 && head[0] !== 0x50) return 'no'
  const line = latin1(head, 0, LINE_BYTES_MAX)
  if (GET.test(line)) return found('peer', 'certain', 'asks for a file by "GET sha1:" and base64')
  if (PUSH.test(line)) return found('peer', 'certain', 'offers a file by "PUSH SHA1:" and hex')
  const isOpen = !line.includes('\n') && line.length < LINE_BYTES_MAX && !final
  const begins = ['GET sha1:', 'PUSH SHA1:'].some((start) => {
    return line.length < start.length ? start.startsWith(line) : line.startsWith(start)
  })
  return isOpen && begins ? 'more' : 'no'
}

function recogniseDht({ datagrams, final }: Look): Sight {
  // Behind another protocol's mark stands a counter, or types of its own.
  for (const { bytes } of datagrams) {
    if (bytes[0] !== DHT || !OPCODES.has(bytes[1]!)) return 'no'
  }
  for (const question of datagrams) {
    const answers = COUNTERPARTS.get(question.bytes[1]!)
    if (answers === undefined) continue
    const answer = datagrams.find(({ from, bytes }) => {
      return from !== question.from && answers.includes(bytes[1]!)
    })
    if (answer === undefined) continue
    const opcodes = [question, answer].map(({ bytes }) => bytes[1]!.toString(16)).join(' and ')
    return final
      ? found('dht', 'likely', `E9 with opcodes ${opcodes}, a question and its answer`)
      : 'more'
  }
  return final ? 'no' : 'more'
}

// --- What has no fixed start -------------------------------------------------------------------

const NONE: readonly Fit[] = []
const REQUEST: readonly Fit[] = [
  {
    part: 'peer',
    taughtAs: ['peer'],
    reason:
      'unscrambled with numbers that all have, a request for a SHA-1 that ends with its segment',
    alone: 'likely',
  },
]
const REQUEST_BYTES_MIN = 40

export function fits({ carrier, fromStart, heads, segments }: Look): readonly Fit[] {
  const size = segments[0] ?? 0
  if (carrier !== 'tcp' || !fromStart || size < REQUEST_BYTES_MIN) return NONE
  const outcome = requestWire.parse(heads[0], 0)
  return outcome.kind === 'message' && outcome.size === size ? REQUEST : NONE
}
