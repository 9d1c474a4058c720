/**
 * How a small node finds a supernode, as Kazaa did, and as walls know it:
 *
 *     flood      a ping to every supernode it knows, again and again; who answers 28 is called. A 29
 *                (no room) is answered 2a. Any answer keeps it here: datagrams come through.
 *     parallel   no answer for three rounds: several are called at once, without asking
 *     single     one after the other
 *     rest       nobody: it is said, and some time later all begins again
 *
 * Source: C. Lowth, Linux Journal, October 2003 (three modes; any answer holds a client in the first);
 * giFT-FastTrack PROTOCOL, "UDP messages" (whom Kazaa calls). How long it waits, and for whom at once, is
 * nowhere written: the figures here are ours.
 */

import { type Endpoint, endpointText } from '../../core/address.ts'
import { SECOND } from '../../core/ordered-peer.ts'
import type { Link, PeerSettings, Site } from '../../core/peer.ts'
import { ENCRYPTION, networkOf } from './peer-words.ts'
import { datagramWire } from './wire/datagram.ts'

/** Kazaa kept so many. */
const KNOWN_MAX = 200
/** How long a round's answers are waited for. */
const ROUND_MICROS = 3 * SECOND
const SILENT_ROUNDS_MAX = 3
const PARALLEL = 8
/** How long a call may take until both know each other's network. */
const CALL_MICROS = 10 * SECOND
const REST_MICROS = 60 * SECOND
const PING_FLAG = 0x80

type Mode = 'still' | 'flood' | 'parallel' | 'single' | 'rest'

/** What a finder needs of the node that it is a part of. */
export interface Seeker {
  readonly site: Site
  readonly settings: PeerSettings
  /** Begin a link; its end is told to the finder. */
  callSupernode(at: Endpoint): Link
  /** Nobody was found. */
  lonely(): void
  /** Something is to be done then. */
  alarm(): void
}

export class Finder {
  /** When something is to be done. */
  dueMicros = Number.POSITIVE_INFINITY
  readonly #node: Seeker
  readonly #known = new Map<string, Endpoint>()
  readonly #calls = new Set<Link>()
  /** When the last call began. */
  #callMicros = 0
  /** Whom this round may still call. */
  #left: Endpoint[] = []
  #mode: Mode = 'still'
  #silentRounds = 0
  #isHeard = false

  constructor(node: Seeker) {
    this.#node = node
  }

  get mode(): Mode {
    return this.#mode
  }

  get known(): readonly Endpoint[] {
    return [...this.#known.values()]
  }

  /** A supernode was told of; who is full keeps those it has. */
  learn(at: Endpoint): void {
    const name = endpointText(at)
    if (at.port === 0 || this.#known.has(name) || this.#known.size >= KNOWN_MAX) return
    this.#known.set(name, at)
    if (this.#mode === 'flood') this.#ping(at)
  }

  /** Look for a supernode, until one takes this node. */
  begin(): void {
    if (this.#mode === 'still' || this.#mode === 'rest') this.#flood()
  }

  /** One took this node, or nobody is wanted any more: other calls are given up. */
  end(link?: Link): void {
    this.#mode = 'still'
    this.dueMicros = Number.POSITIVE_INFINITY
    if (link !== undefined) this.#calls.delete(link)
    this.#giveUp()
  }

  #flood(): void {
    this.#mode = 'flood'
    this.#silentRounds = 0
    this.#round()
  }

  #round(): void {
    this.#isHeard = false
    for (const at of this.#known.values()) this.#ping(at)
    this.#wait(ROUND_MICROS)
  }

  #ping(to: Endpoint): void {
    const { site, settings } = this.#node
    const network = networkOf(settings)
    const ping = { type: 'ping', encryption: ENCRYPTION, flag: PING_FLAG, network } as const
    if (settings.port !== 0) site.sendTo(settings.port, to, datagramWire.emit(ping))
  }

  #wait(micros: number): void {
    this.dueMicros = this.#node.site.nowMicros + micros
    this.#node.alarm()
  }

  /** A datagram of somebody who is a supernode, it seems. */
  datagram(from: Endpoint, bytes: Uint8Array): void {
    const outcome = datagramWire.parse(bytes, 0)
    if (outcome.kind !== 'message') return
    const said = outcome.message
    const { site, settings } = this.#node
    if (said.type === 'pong-2') {
      this.#isHeard = true
      const answer = datagramWire.emit({ type: 'pong-2-answer', id: said.id })
      site.sendTo(settings.port, from, answer)
      if (said.address !== undefined) this.learn(said.address.endpoint)
    } else if (said.type === 'pong' && said.network === networkOf(settings)) {
      this.#isHeard = true
      if (this.#mode === 'flood' && this.#calls.size === 0) this.#call(from)
    }
  }

  #call(at: Endpoint): void {
    this.#calls.add(this.#node.callSupernode(at))
    this.#callMicros = this.#node.site.nowMicros
  }

  /** A call came to nothing. */
  failed(link: Link): void {
    if (!this.#calls.delete(link)) return
    if (this.#mode === 'parallel' || this.#mode === 'single') this.#callNext()
  }

  wake(): void {
    switch (this.#mode) {
      case 'flood': {
        this.#silentRounds = this.#isHeard ? 0 : this.#silentRounds + 1
        if (this.#node.site.nowMicros - this.#callMicros >= CALL_MICROS) this.#giveUp()
        if (this.#calls.size > 0) return this.#wait(ROUND_MICROS)
        if (this.#silentRounds < SILENT_ROUNDS_MAX) return this.#round()
        return this.#callAll('parallel')
      }
      case 'parallel':
      case 'single':
        this.#giveUp()
        return this.#callNext()
      case 'rest':
        return this.#flood()
      case 'still':
        return
    }
  }

  #giveUp(): void {
    for (const link of this.#calls) link.close()
    this.#calls.clear()
  }

  #callAll(mode: 'parallel' | 'single'): void {
    this.#mode = mode
    this.#left = this.known.slice()
    this.#callNext()
  }

  #callNext(): void {
    const most = this.#mode === 'parallel' ? PARALLEL : 1
    while (this.#calls.size < most && this.#left.length > 0) this.#call(this.#left.shift()!)
    if (this.#calls.size > 0) return this.#wait(CALL_MICROS)
    if (this.#mode === 'parallel') return this.#callAll('single')
    this.#mode = 'rest'
    this.#node.lonely()
    this.#wait(REST_MICROS)
  }
}
