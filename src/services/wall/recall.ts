/**
 * Connections that pass by their marks, judged again: all of them when the policy is another one, and
 * those that nobody could read when more is known of their ends. A connection that is older than the
 * wall, or was encrypted from its first byte, is known by them alone.
 */
import { endpointText } from '../../core/address.ts'
import type { Carrier, FlowVerdict } from '../../core/event.ts'
import type { FlowState, Flows } from './flows.ts'
import type { Holding } from './holding.ts'
import type { Connection, Recalled } from './judgement.ts'
import { connectionKey, type Known, type KnownConnections, type Sentence } from './known.ts'
import type { NamedEndpoint } from './learned.ts'
import { MARK_KIND_MASK, MARK_MASK, MARK_UNREAD } from './marks.ts'
import type { Place } from './networks.ts'
import type { Policy } from './policy.ts'

/** News of ends come with each message of a crowd; to go through all connections costs time. */
const PAUSE_SECONDS = 5

interface Unread extends Pick<Known, 'fit' | 'kinds' | 'mac'> {
  readonly place: Place
  readonly carrier: Carrier
  /** Who opened it is known. */
  readonly isFromStart: boolean
}

export class Recall {
  readonly #flows: Flows
  readonly #known: KnownConnections
  readonly #holding: Holding
  /** An earlier wall may have left its marks. */
  #isAllWanted = true
  #pausedAt = Number.NEGATIVE_INFINITY

  constructor(flows: Flows, known: KnownConnections, holding: Holding) {
    this.#flows = flows
    this.#known = known
    this.#holding = holding
  }

  /** The policy is another one. */
  all(): void {
    this.#isAllWanted = true
    this.#known.pardon()
    for (const flow of this.#flows.all()) flow.reopen()
  }

  /** What is to be gone through now; whoever asks does it. */
  next(micros: number): Recalled | undefined {
    if (this.#isAllWanted) {
      this.#isAllWanted = false
      return 'all'
    }
    const isPause = Math.abs(micros - this.#pausedAt) < PAUSE_SECONDS * 1_000_000
    if (isPause || !this.#holding.takeNews()) return undefined
    this.#pausedAt = micros
    return 'unread'
  }

  /** @returns whether its next packet is to come up */
  review(connection: Connection, what: Recalled, policy: Policy, micros: number): boolean {
    const { ends, carrier, mark } = connection
    if (what === 'all') return markedWith(mark, MARK_KIND_MASK) !== 0
    if (markedWith(mark, MARK_MASK) !== MARK_UNREAD) return false
    const key = connectionKey(ends, carrier)
    const flow = this.#flows.unread(key)
    const known = flow ?? this.#known.get(key)
    if (known?.verdict !== undefined || known?.sentence !== undefined) return false
    const place = policy.ours.place(ends, this.#holding.insideOf(ends))
    const { fit, kinds, mac } = known ?? {}
    const of = { place, carrier, isFromStart: true, fit, kinds, mac }
    const found = this.suspect(of, policy, micros)
    if (found === undefined) return false
    if (flow === undefined) this.#known.keep(key, { fit, kinds, mac, ...found })
    else remember(flow, found)
    return true
  }

  /**
   * Of a connection that nobody could read.
   * @returns what it is, or what becomes of it; undefined where it may pass
   */
  suspect(
    { place, carrier, isFromStart, fit, kinds, mac }: Unread,
    policy: Policy,
    micros: number,
  ): Pick<Known, 'verdict' | 'isSuspected' | 'sentence'> | undefined {
    const { ip } = place.host
    const { named, own } = this.#holding.knownEnds(place, carrier, isFromStart, micros)
    const told = named ?? own
    if (told !== undefined && this.#holding.isCaught(ip, micros)) {
      return { sentence: named === undefined ? refusedPort(told) : refusedPeer(named) }
    }
    const lock = this.#holding.lockOf(ip, micros)
    if (fit !== undefined && lock !== undefined) {
      return { sentence: { action: 'lock', rule: lock, why: [fit] } }
    }
    if (told === undefined) return undefined
    const reasons = [
      'nobody could read it',
      ...(named === undefined ? [] : refusedPeer(named).why),
      ...(own === undefined ? [] : refusedPort(own).why),
    ]
    const verdict: FlowVerdict = {
      ...{ family: told.family, part: told.part, reasons, taughtBy: told.taughtBy },
      sureness: named !== undefined && own !== undefined ? 'likely' : 'unsure',
    }
    const { action } = policy.decide({ ...place, mac, kinds, verdict }, micros)
    // To watch what cannot be read tells nothing, and all of it would come up.
    return action === 'block' || action === 'throttle' ? { verdict, isSuspected: true } : undefined
  }
}

/** A flow that is decided is decided again, by what is known now. */
function remember(flow: FlowState, { verdict, isSuspected = false, sentence }: Known): void {
  flow.reopen()
  flow.verdict = verdict ?? flow.verdict
  flow.isSuspected = isSuspected
  flow.sentence = sentence
}

export function refusedPeer({ endpoint, family, taughtBy }: NamedEndpoint): Sentence {
  const { via, by } = taughtBy
  const how =
    via === 'flow'
      ? `was at the other end of a blocked flow of ${by.ip}`
      : `was named by ${by.ip} via ${via}`
  const why = [`${endpoint.ip} ${how}`]
  return { action: 'refuse', rule: 'named to a caught host', why, taughtBy, family }
}

function refusedPort({ endpoint, family, taughtBy }: NamedEndpoint): Sentence {
  const how = taughtBy.via === 'flow' ? 'seen in a flow' : `told by ${taughtBy.via}`
  const why = [`${endpointText(endpoint)} takes part, ${how}`]
  return { action: 'refuse', rule: 'port of a caught host', why, taughtBy, family }
}

function markedWith(mark: number, mask: number): number {
  return (mark & mask) >>> 0
}
