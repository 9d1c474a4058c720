/**
 * First bytes → Hyperswarm, or not.
 *
 * Every message of its table holds the address that it is sent to. A question whose address is that
 * of its datagram, and whose fields fill it to the last byte, is certain: 48 bits of address and port,
 * 11 of version and flags, and the length. Behind a NAT an answer may name another address; two of
 * them that are filled are likely.
 */
import type { Datagram, Fit, Look, Protocol, Sight } from '../../core/protocol.ts'
import { ANSWER, commandOf, QUESTION, rpcWire } from './wire/rpc.ts'
import { isHolepunch, UDX_MAGIC, udxWire } from './wire/udx.ts'

function startsOf(kind: number): Uint8Array[] {
  return Array.from({ length: 32 }, (_, flags) => Uint8Array.of(kind, flags))
}

export const starts: Protocol['starts'] = { udp: [...startsOf(QUESTION), ...startsOf(ANSWER)] }

const ANSWERS_MIN = 2

export function recognise({ datagrams, ends, final }: Look): Sight {
  let filled = 0
  let told = 0
  for (const { bytes, from } of datagrams) {
    // Streams run between the same ports.
    if (bytes[0] === UDX_MAGIC || isHolepunch(bytes)) continue
    const outcome = rpcWire.parse(bytes, 0)
    if (outcome.kind !== 'message') return 'no'
    const said = outcome.message
    const name = said.kind === 'question' ? commandOf(said) : 'answer'
    if (name === undefined || said.to.port === 0) return 'no'
    const target = ends[from === 0 ? 1 : 0]
    if (said.to.ip === target.ip && said.to.port === target.port) {
      const reasons = [`${name} to the very address that it is sent to`]
      return { part: 'node', sureness: 'certain', reasons }
    }
    filled++
    if (said.id !== undefined || said.target !== undefined) told++
  }
  if (!final) return 'more'
  if (filled < ANSWERS_MIN || told === 0) return 'no'
  const reasons = [`${filled} messages whose fields fill them`]
  return { part: 'node', sureness: 'likely', reasons }
}

const NONE: readonly Fit[] = []
const STREAM: readonly Fit[] = [
  { part: 'stream', taughtAs: ['node'], reason: 'packets with the head of UDX' },
]
const BOTH_WAYS: readonly Fit[] = [
  {
    part: 'stream',
    taughtAs: ['node'],
    reason: 'packets with the head of UDX, to one id for each direction',
    alone: 'unsure',
  },
]

const PACKETS_MIN = 4

/** Streams are encrypted, but for their heads. */
export function fits({ datagrams }: Look): readonly Fit[] {
  const packets = datagrams.filter(({ bytes }) => !isHolepunch(bytes))
  const first = packets[0]
  if (first === undefined || first.bytes[0] !== UDX_MAGIC || first.bytes[1] !== 1) return NONE
  if (!packets.every(({ bytes }) => udxWire.parse(bytes, 0).kind === 'message')) return NONE
  const [there, back] = [idsOf(packets, 0), idsOf(packets, 1)]
  const isStream = there.size === 1 && back.size === 1 && [...there][0] !== [...back][0]
  // Magic, version and flags of each packet, and ids that repeat: 18 bits a packet and 32 for each more.
  return isStream && packets.length >= PACKETS_MIN ? BOTH_WAYS : STREAM
}

function idsOf(datagrams: readonly Datagram[], side: 0 | 1): Set<number> {
  const ids = new Set<number>()
  for (const { from, bytes } of datagrams) {
    const outcome = udxWire.parse(bytes, 0)
    if (from === side && outcome.kind === 'message') ids.add(outcome.message.id)
  }
  return ids
}
