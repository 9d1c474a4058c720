/**
 * Datagrams → Kontiki, or not. There is no specification; what is computed is much:
 *
 * a number that one side sends and the other acknowledges is 32 bits, two heads of 02, size, flags and
 * zero are 25 bits each: certain. An open alone is 20 bytes of which 02 05, flags, zero, 20 bits of the largest packet and
 * the options `02 04` are fixed, 76 bits, but of one side: likely. A ping is four bytes that nothing confirms:
 * likely where both sides say it, else unsure. The broadcast names its target in 60 bytes: certain.
 */
import { u16be } from '../../core/bytes.ts'
import type { Datagram, Finding, Look, Protocol, Sight } from '../../core/protocol.ts'
import { flagsOf, type Packet, packetWire, VERSION } from './wire/packet.ts'
import { subnetWire, XML } from './wire/subnet.ts'

/** Every header is 1, 4, 5, 7 or a few more words. */
export const starts: Protocol['starts'] = {
  udp: [
    XML,
    Uint8Array.of(VERSION, 1, 1, 0),
    ...[0x02, 0x22, 0x0a, 0x04, 0x24].flatMap((flags) => {
      return [4, 5, 6, 7, 8].map((words) => Uint8Array.of(VERSION, words, flags, 0))
    }),
    Uint8Array.of(VERSION, 7, 0x06, 0),
  ],
}

function found(sureness: Finding['sureness'], reason: string): Finding {
  return { part: 'peer', sureness, reasons: [reason] }
}

export function recognise({ datagrams, final }: Look): Sight {
  const first = datagrams[0]!
  if (first.bytes[0] === 0x3c) {
    const outcome = subnetWire.parse(first.bytes, 0)
    if (outcome.kind !== 'message') return 'no'
    return found('certain', `XML message ${outcome.message.target} in clear`)
  }
  const packets: (readonly [Datagram, Packet])[] = []
  for (const datagram of datagrams) {
    const outcome = packetWire.parse(datagram.bytes, 0)
    if (outcome.kind !== 'message') return 'no'
    packets.push([datagram, outcome.message])
  }
  if (packets.some((one) => packets.some((answer) => isAcknowledged(one, answer)))) {
    return found('certain', 'headers of Kontiki; a number comes back from the other side')
  }
  if (!final) return 'more'
  const opens = packets.filter(([, packet]) => isOpen(packet)).length
  if (opens > 0) return found('likely', `${opens} connections asked for with Kontiki's header`)
  const pings = packets.filter(([{ size }, { flags }]) => flagsOf(flags).isPing && size === 4)
  if (pings.length < packets.length) return 'no'
  const isTold = new Set(pings.map(([{ from }]) => from)).size > 1
  return found(isTold ? 'likely' : 'unsure', `${pings.length} × 02 01 01 00 and no more`)
}

/** Numbers begin at chance; small ones, in either byte order, could be counts that two sides share. */
const SMALL = 0xffff

function isCount(number: number): boolean {
  return number <= SMALL || number % (SMALL + 1) === 0
}

function isAcknowledged(one: readonly [Datagram, Packet], answer: readonly [Datagram, Packet]) {
  const { number } = one[1]
  return (
    number !== undefined &&
    !isCount(number) &&
    one[0].from !== answer[0].from &&
    number === answer[1].acknowledged
  )
}

/** Options as all who open have them; room for packets that a network can carry. */
function isOpen({ flags, largest, options }: Packet): boolean {
  const { opens, acknowledges } = flagsOf(flags)
  const isLarge = largest !== undefined && largest >= 400 && largest <= 1500
  return opens && !acknowledges && isLarge && options.length >= 4 && u16be(options, 0) === 0x0204
}
