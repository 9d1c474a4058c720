/**
 * What is done with a flow, once it is known what it is: the policy's measure, its reasons said, its
 * host caught or held. Time comes in with what is decided.
 */
import type { Carrier, Decision, FlowVerdict, Side } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { FlowState, Flows } from './flows.ts'
import type { Holding } from './holding.ts'
import type { Shaped } from './hosts.ts'
import type { Judgement, PacketFacts, WallOut } from './judgement.ts'
import type { Sentence } from './known.ts'
import { MARK_BLOCK, MARK_PASS, MARK_UNREAD, throttleMark } from './marks.ts'
import type { Answer, Policy } from './policy.ts'
import type { WallConfig } from './schema.ts'

export const PASS: Judgement = { verdict: 'accept', mark: MARK_PASS }
/** The same, of what nobody could read. */
export const PASS_UNREAD: Judgement = { verdict: 'accept', mark: MARK_UNREAD }
/** The next packet comes up again. */
export const LATER: Judgement = { verdict: 'accept', mark: 0 }
const DROP: Judgement = { verdict: 'drop', mark: MARK_BLOCK }
/** Dropped, and the next one is looked at again. */
export const DROP_ONCE: Judgement = { verdict: 'drop', mark: 0 }

/** What a rule decided so far. */
export interface RuleHits {
  readonly rule: string
  readonly flows: number
}

/** When and where something is decided. */
export type At = Pick<PacketFacts, 'micros' | 'carrier' | 'capture' | 'frame' | 'ip'>

/** What decisions rest on. */
interface By {
  readonly config: WallConfig
  readonly policy: Policy
}

type Said = Pick<
  Decision,
  | 'action'
  | 'how'
  | 'toOpener'
  | 'rule'
  | 'host'
  | 'why'
  | 'taughtBy'
  | 'family'
  | 'part'
  | 'sureness'
>

export class Decisions {
  readonly #flows: Flows
  readonly #holding: Holding
  readonly #out: WallOut
  #by: By
  readonly #hits = new Map<string, number>()

  constructor(flows: Flows, holding: Holding, out: WallOut, by: By) {
    this.#flows = flows
    this.#holding = holding
    this.#out = out
    this.#by = by
  }

  /** Another policy. */
  use(by: By): void {
    this.#by = by
  }

  /** How many flows each rule decided, in the order of first hits. */
  get hits(): readonly RuleHits[] {
    return [...this.#hits].map(([rule, flows]) => ({ rule, flows }))
  }

  /** The policy decides about a flow that has a name. */
  decide(flow: FlowState, verdict: FlowVerdict, at: At & Pick<PacketFacts, 'isSyn'>): Judgement {
    flow.verdict = verdict
    const { place, mac, kinds } = flow
    const answer = this.#by.policy.decide({ ...place, mac, kinds, verdict }, at.micros)
    const lock = this.#holding.lockOf(place.host.ip, at.micros)
    const why = verdict.reasons
    if (answer.action === 'watch' && verdict.sureness === 'unsure' && lock !== undefined) {
      this.#holding.refresh(place.host.ip, at.micros)
      return this.stop(flow, at, { action: 'lock', rule: lock, why })
    }
    if (answer.action === 'block') {
      this.#noteEnd(flow, verdict, at)
      const account = this.#by.policy.accountOf(place.host.ip, mac)
      const told = { why, ...(account !== undefined && { account }) }
      const shaped = this.#holding.offence(place.host.ip, answer, at.micros, told)
      for (const each of shaped) this.#cutShaped(each, answer.rule, at)
      return this.stop(flow, at, { action: 'block', rule: answer.rule, why }, answer.how)
    }
    if (answer.action === 'learn') this.#holding.catch(place.host.ip, at.micros)
    const { action, rule } = answer
    // More is known, and it makes no difference.
    if (flow.action !== action || flow.rule !== rule) this.say(flow, at, { action, rule, why })
    const judgement = this.#passing(answer)
    flow.decided(action, judgement)
    return judgement
  }

  /** Of a flow that passes by its mark more is known than when it was let pass. */
  decideLate(flow: FlowState, verdict: FlowVerdict, at: At): void {
    const judgement = this.decide(flow, verdict, { ...at, isSyn: false })
    if (judgement.mark !== MARK_PASS && judgement.mark !== 0) this.cut(flow, at.carrier, judgement)
  }

  /** The kernel is to do something else with it from now on. */
  cut(flow: FlowState, carrier: Carrier, { mark, reset }: Judgement): void {
    this.#out.cut({ ends: flow.ends, carrier, mark, reset: reset !== undefined })
  }

  /**
   * Whom a blocked flow was to reach is not reached by other ways either, nor who sends datagrams, which
   * come from where it listens; who calls does so from any port.
   */
  #noteEnd(flow: FlowState, { family, part }: FlowVerdict, at: At): void {
    const { host, peer, direction } = flow.place
    const { carrier, micros, capture, frame } = at
    if (direction === 'in' && carrier === 'tcp') return
    const taughtBy = { capture, frame, via: 'flow', by: host, endpoint: peer, micros }
    const named = { endpoint: peer, carriers: 'both', family, part, taughtBy } as const
    this.#holding.learn(host.ip, named, micros)
  }

  /** It passed before its host was held, and looks like more of the same. */
  #cutShaped({ flow, carrier, fit }: Shaped, rule: string, at: At): void {
    if (this.#flows.get(flow.number) !== flow || !flow.isPassed || flow.verdict) return
    const when = { ...at, carrier, isSyn: false }
    this.cut(flow, carrier, this.stop(flow, when, { action: 'lock', rule, why: [fit] }))
  }

  #passing(answer: Answer): Judgement {
    if (answer.action === 'permit') return PASS
    if (answer.action !== 'throttle') return LATER
    const mark = throttleMark(this.#by.policy.throttles.indexOf(answer))
    return { verdict: 'accept', mark, rate: answer.rate! }
  }

  /** It does not pass. */
  stop(
    flow: FlowState,
    at: At & Pick<PacketFacts, 'isSyn' | 'payload'>,
    said: Sentence,
    wanted: 'drop' | 'reset' = 'reset',
  ): Judgement {
    const isReset = wanted === 'reset' && at.carrier === 'tcp'
    const isOpening = isReset && at.isSyn
    const how = isReset ? 'reset' : 'drop'
    this.say(flow, at, { ...said, how, ...(isOpening && { toOpener: true }) })
    flow.family = said.family ?? flow.verdict?.family
    const answered = this.answered(flow, at)
    if (answered.decoy !== undefined) {
      flow.decided(said.action, DROP_ONCE)
      return answered
    }
    const judgement: Judgement = isReset ? { ...DROP, reset: isOpening ? 'sender' : 'both' } : DROP
    flow.decided(said.action, judgement)
    return judgement
  }

  /** Answered only towards our side: the world is told nothing in anybody's name. */
  answered(flow: FlowState, at: At & Pick<PacketFacts, 'payload'>): Judgement {
    const { family, place, number } = flow
    if (!this.#by.config.decoys || !flow.isFromHost) return DROP_ONCE
    if (family === undefined || at.payload === undefined) return DROP_ONCE
    const decoy = this.#holding.answer(family, place, at.payload, number, at.micros)
    return decoy === undefined ? DROP_ONCE : { ...DROP_ONCE, decoy }
  }

  say(flow: FlowState, at: At, said: Omit<Said, 'host'>): void {
    const { micros, carrier, capture, frame, ip } = at
    flow.rule = said.rule
    const { verdict, number, ends, place } = flow
    const known = verdict && {
      family: verdict.family,
      part: verdict.part,
      sureness: verdict.sureness,
      ...(verdict.taughtBy !== undefined && { taughtBy: verdict.taughtBy }),
    }
    this.#hits.set(said.rule, (this.#hits.get(said.rule) ?? 0) + 1)
    if (this.#hits.size > 2 * limits.wallRulesMax) this.#hits.clear()
    const side: Side = flow.isFromOpener ? 0 : 1
    const packet = ip && { packet: { side, ...ip } }
    const where = { micros, flow: number, ends, carrier, capture, frame, ...packet }
    this.#out.say({ type: 'decision', ...where, host: place.host.ip, ...known, ...said })
  }
}
