/** First bytes of a caller → the protocol that answers them. */
import { ip4OfNumber } from '../../core/address.ts'
import type { Carrier } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { Datagram, Look, Protocol, Start } from '../../core/protocol.ts'
import type { Call, Responder } from '../../core/responder.ts'
import type { Packet } from './packet.ts'

const NOTHING = new Uint8Array(0)
const NO_HEADS = [NOTHING, NOTHING] as const
const NO_CONTENTS: readonly string[] = []
const NO_SEGMENTS: readonly number[] = []
const NO_DATAGRAMS: readonly Datagram[] = []

/** A card that can answer. */
type Answering = Protocol & { makeResponder(call: Call): Responder }

/** Who answers, and whose card that is. */
export interface Answerer {
  readonly family: string
  readonly responder: Responder
}

export class Recognising {
  readonly #cards: readonly Answering[]
  /** Cards that a flow of a carrier with this first byte may be of. */
  readonly #byFirst: Readonly<Record<Carrier, readonly (readonly Answering[])[]>>

  constructor(cards: readonly Protocol[]) {
    this.#cards = cards.filter((card): card is Answering => card.makeResponder !== undefined)
    this.#byFirst = { tcp: this.#table('tcp'), udp: this.#table('udp') }
  }

  #table(carrier: Carrier): readonly (readonly Answering[])[] {
    return Array.from({ length: 256 }, (_, first) =>
      this.#cards.filter(({ carriers, starts }) => {
        const own = starts[carrier]
        if (!carriers.includes(carrier) || own === undefined) return false
        return own.length === 0 || own.some((start) => mayBegin(start, first))
      }),
    )
  }

  /**
   * Who answers a stream that begins so.
   * @param said  what was said before, as a greeting
   * @returns undefined: nobody; `more`: it is not sure yet
   */
  stream(head: Uint8Array, said: Uint8Array, call: Call): Answerer | 'more' | undefined {
    const final = head.length >= limits.lookBytes
    const look = lookOf('tcp', call, [head, said], NO_DATAGRAMS, final)
    let isOpen = false
    for (const card of this.#byFirst.tcp[head[0]!]!) {
      const sight = card.recognise(look)
      if (typeof sight === 'object') {
        return { family: card.name, responder: card.makeResponder(call) }
      }
      if (sight === 'more') isOpen = true
    }
    return isOpen && !final ? 'more' : undefined
  }

  /** Who would find out by answering what nobody knows. */
  guess(head: Uint8Array, call: Call): Answerer | undefined {
    for (const card of this.#cards) {
      const responder = card.guessResponder?.(head, call)
      if (responder !== undefined) return { family: card.name, responder }
    }
    return undefined
  }

  /** The answer to a datagram, by whoever knows it; one that is not sure yet may know what to say. */
  answer(bytes: Uint8Array, call: Call): Uint8Array | undefined {
    const cards = this.#byFirst.udp[bytes[0]!]!
    if (cards.length === 0) return undefined
    const datagrams = [{ from: 0, bytes, size: bytes.length, micros: 0 } as const]
    const look = lookOf('udp', call, NO_HEADS, datagrams, false)
    for (const card of cards) {
      const sight = card.recognise(look)
      if (sight === 'no') continue
      const answer = card.makeResponder(call).datagram?.(bytes)
      if (answer !== undefined) return answer
    }
    return undefined
  }
}

function lookOf(
  carrier: Carrier,
  call: Call,
  heads: Look['heads'],
  datagrams: readonly Datagram[],
  final: boolean,
): Look {
  return {
    carrier,
    fromStart: true,
    heads,
    totals: [heads[0].length, heads[1].length],
    segments: carrier === 'tcp' ? [heads[0].length] : NO_SEGMENTS,
    datagrams,
    ends: [call.caller, call.called],
    final,
  }
}

function mayBegin(start: Start, first: number): boolean {
  if (typeof start === 'string') return start.charCodeAt(0) === first
  if ('byteFrom' in start) return first >= start.byteFrom && first <= start.byteTo
  return start[0] === first
}

export function callOf(
  { source, sourcePort, target, targetPort }: Packet,
  { self, pair }: Pick<Call, 'self' | 'pair'>,
  contents: readonly string[] = NO_CONTENTS,
): Call {
  return {
    self,
    pair,
    contents,
    caller: { ip: ip4OfNumber(source), port: sourcePort },
    called: { ip: ip4OfNumber(target), port: targetPort },
  }
}
