/**
 * A node is asked whom it knows: by the beginning of a link that is then refused, and by a ping that
 * asks for addresses.
 *
 *     CONNECT/0.6, Crawler: 0.1      →   ←   200 with Peers, Leaves;  503 with X-Try, X-Try-Ultrapeers
 *     503                            →
 *
 *     ping, GGEP SCP                 →   ←   pong, GGEP IPP (and PHC: other caches)
 *
 * `Crawler` says what is wanted, so that no place is kept for us; what is meant as an offer to link is
 * refused. No address of ours is named in either.
 * Source: doc/gnutella/crawler and doc/gnutella/ultra-peers of gtk-gnutella (Crawler, X-Try); LimeWire's
 * UDP host caches (SCP in a ping: bit 0 unset asks for hosts with room for a leaf, set for an ultrapeer; IPP and PHC in the pong).
 */
import { type Endpoint, parseEndpoint } from '../../core/address.ts'
import { sameBytes } from '../../core/bytes.ts'
import type { Interview, Question, Step, Told } from '../../core/crawler.ts'
import { randomFrom } from '../../core/random.ts'
import { emitHttpHead, headersOf } from '../formats/http-head.ts'
import { textEndpoints } from './addresses.ts'
import { NOTHING, OUR_AGENT, SECOND_MICROS, UNANSWERED } from './crawler-http.ts'
import { hostCaches, packed } from './ggep-facts.ts'
import { LISTS } from './heads.ts'
import { extensionsOf, ggepOf } from './wire/extensions.ts'
import { emitGgep, ggepItem, ggepValue } from './wire/ggep.ts'
import { parseHandshake } from './wire/handshake.ts'
import { emitMessage, parseDatagram } from './wire/message.ts'

const PATIENCE_MICROS = 15 * SECOND_MICROS
const DATAGRAM_MICROS = 4 * SECOND_MICROS
const TRIES = 2
const PING = 0
/** Hosts with room for a leaf: those are ultrapeers. */
const WANTS_HOSTS = Uint8Array.of(0)
const GUID_BYTES = 16

export class LinkInterview implements Interview {
  opened(micros: number): Step {
    const request = emitHttpHead({
      startLine: 'GNUTELLA CONNECT/0.6',
      headers: [
        ['User-Agent', OUR_AGENT],
        ['Crawler', '0.1'],
        ['X-Ultrapeer', 'False'],
        ['X-Query-Routing', '0.1'],
      ],
    })
    return { ...NOTHING, send: [request], wakeMicros: micros + PATIENCE_MICROS }
  }

  data(bytes: Uint8Array): Step {
    const outcome = parseHandshake(bytes, 0)
    if (outcome.kind === 'need') return NOTHING
    if (outcome.kind === 'malformed') return { ...UNANSWERED, used: bytes.length }
    const { head, code } = outcome.message
    const told = LISTS.flatMap(([name, , part]) =>
      headersOf(head, name).flatMap((value) =>
        textEndpoints(value).map((at): Told => ({ at, part })),
      ),
    )
    const send = code === 200 ? [REFUSAL] : []
    return { used: bytes.length, send, told, done: 'answered' }
  }

  tick(): Step {
    return UNANSWERED
  }
}

const REFUSAL = emitHttpHead({
  startLine: 'GNUTELLA/0.6 503 Only asking',
  headers: [['User-Agent', OUR_AGENT]],
})

export class PingInterview implements Interview {
  readonly #guid: Uint8Array
  #tries = 0

  constructor({ pair }: Question) {
    const next = randomFrom(pair)
    this.#guid = Uint8Array.from({ length: GUID_BYTES }, () => next() % 256)
    // Byte 8 marks a servent after 0.4, the last is reserved.
    this.#guid[8] = 0xff
    this.#guid[15] = 0
  }

  opened(micros: number): Step {
    this.#tries++
    const extra = emitGgep({ items: [ggepItem('SCP', WANTS_HOSTS)] })
    const payload = { type: 'ping', extra } as const
    const ping = emitMessage({ guid: this.#guid, kind: PING, ttl: 1, hops: 0, payload })
    return { ...NOTHING, send: [ping], wakeMicros: micros + DATAGRAM_MICROS }
  }

  datagram(bytes: Uint8Array): Step {
    const outcome = parseDatagram(bytes, 0)
    if (outcome.kind !== 'message' || !sameBytes(outcome.message.guid, this.#guid)) return NOTHING
    const { payload } = outcome.message
    if (payload.type !== 'pong') return NOTHING
    const block = ggepOf(extensionsOf(payload.extra, 0, payload.extra.length))
    const told = packed(block, 'IPP', 'IPP6').map((at): Told => ({ at, part: 'node' }))
    told.push(...packed(block, 'DHTIPP', 'DHTIPP6').map((at): Told => ({ at, part: 'dht' })))
    const caches = ggepValue(block, 'PHC')
    for (const line of caches === undefined ? [] : hostCaches(caches)) {
      const at: Endpoint | undefined = parseEndpoint(line.split('&')[0]!)
      if (at !== undefined) told.push({ at, part: 'udp-host-cache' })
    }
    return { ...NOTHING, told, done: 'answered' }
  }

  tick(micros: number): Step {
    return this.#tries < TRIES ? this.opened(micros) : UNANSWERED
  }
}
