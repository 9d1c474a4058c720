/**
 * The wall: hears what the engine says of flows (`consume`), and gives a verdict for each packet that
 * comes up from the kernel (`judge`). What was decided of a flow goes into the connection's mark, so
 * that only first packets come up. Deterministic; time comes in with packets and `tick`.
 *
 *   first packet    a list, a limit, an endpoint that was named to a caught host
 *   undecided       passes, unmarked: the next packet comes up; after `queue.packets` marked to pass
 *   named           the policy decides
 *   of no protocol  marked to pass, unless it looks like an encrypted one and its host is held
 */
import type { Carrier, Decision, Event, FlowVerdict } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import type { Decoy } from '../../core/protocol.ts'
import type { Standing } from '../../core/standing.ts'
import { shown } from '../../core/text.ts'
import { Contents } from './contents.ts'
import { denial, questionOf } from './dns/question.ts'
import { type FlowState, Flows } from './flows.ts'
import { Holding } from './holding.ts'
import type { Shaped } from './hosts.ts'
import type { Judgement, PacketFacts, WallOut } from './judgement.ts'
import { namedBy } from './learned.ts'
import { MARK_BLOCK, MARK_PASS, throttleMark } from './marks.ts'
import type { NamedNetwork } from './networks.ts'
import { type Answer, Policy } from './policy.ts'
import type { WallConfig } from './schema.ts'

export interface WallParts {
  readonly config: WallConfig
  readonly networks: readonly NamedNetwork[]
  /** By family. */
  readonly decoys?: ReadonlyMap<string, Decoy>
  /** Families whose flows are neighbours. */
  readonly neighbours?: ReadonlySet<string>
  /** The name of the list that holds an address; hits are counted there. */
  readonly listed?: (ip: string, micros: number) => string | undefined
  /** The entry that refuses a name of DNS; hits are counted there. */
  readonly names?: { find(name: string): string | undefined; readonly size: number }
}

const DNS_PORT = 53
/** A name that is asked for again and again is said once in so long. */
const NAME_SAID_SECONDS = 600

const PASS: Judgement = { verdict: 'accept', mark: MARK_PASS }
/** The next packet comes up again. */
const LATER: Judgement = { verdict: 'accept', mark: 0 }
const DROP: Judgement = { verdict: 'drop', mark: MARK_BLOCK }
/** Dropped, and the next one is looked at again. */
const DROP_ONCE: Judgement = { verdict: 'drop', mark: 0 }

/** What a rule decided so far. */
export interface RuleHits {
  readonly rule: string
  readonly flows: number
}

export class Wall {
  readonly #out: WallOut
  readonly #parts: WallParts
  #config: WallConfig
  #policy: Policy
  readonly #flows: Flows
  readonly #contents = new Contents()
  readonly #holding: Holding
  /** Of the packet that came last. */
  #micros = 0
  readonly #hits = new Map<string, number>()

  constructor(parts: WallParts, out: WallOut) {
    this.#parts = parts
    this.#out = out
    this.#flows = new Flows(() => out.limit('wallFlowsMax'))
    this.#holding = new Holding(parts.decoys ?? new Map(), out)
    this.#config = parts.config
    this.#policy = new Policy(parts.config, parts.networks)
    this.#take(parts.config)
  }

  /** Another policy, for flows that are decided from now on; who was held by the old one is free. */
  usePolicy(config: WallConfig, networks: readonly NamedNetwork[]): void {
    this.#policy = new Policy(config, networks)
    this.#take(config)
    this.#holding.freeAll(this.#micros)
  }

  #take(config: WallConfig): void {
    this.#config = config
    this.#holding.use(config)
  }

  get policy(): Policy {
    return this.#policy
  }

  get holding(): Holding {
    return this.#holding
  }

  /** How many flows each rule decided, in the order of first hits. */
  get hits(): readonly RuleHits[] {
    return [...this.#hits].map(([rule, flows]) => ({ rule, flows }))
  }

  // --- What the engine says ------------------------------------------------------------------------

  consume(event: Event): void {
    switch (event.type) {
      case 'claim': {
        // What a VPN says of its peers is nothing against anybody.
        if (this.#parts.neighbours?.has(event.family)) return
        const named = namedBy(event)
        for (const end of event.ends) {
          if (end.ip === event.about.ip || !this.#isOurs(end.ip, event.ends)) continue
          this.#holding.learn(end.ip, named, event.micros)
        }
        return
      }
      case 'recognition':
        return this.#recognised(event)
      case 'share':
      case 'transfer':
      case 'request':
        if (!this.#policy.asksKinds) return
        return this.#moves(event)
      case 'flow':
        this.#flows.delete(event.flow)
    }
  }

  #isOurs(ip: string, ends: Decision['ends']): boolean {
    return this.#policy.ours.has(ip) || this.#policy.ours.place(ends).host.ip === ip
  }

  /** A flow that passes already is named: by claims that came since. Or a name is taken back. */
  #recognised(event: Extract<Event, { type: 'recognition' }>): void {
    const flow = this.#flows.get(event.flow)
    if (flow === undefined) return
    if (event.withdrawn !== undefined) {
      const wasHeldBack = flow.action === 'block' || flow.action === 'throttle'
      flow.forget()
      if (wasHeldBack) this.#cut(flow, event.carrier, PASS)
      return
    }
    if (!flow.isPassed) return
    const { family, part, sureness, reasons, taughtBy } = event
    const isNeighbour = this.#parts.neighbours?.has(family) === true
    const verdict: FlowVerdict = {
      ...{ family, part, sureness, reasons },
      ...(isNeighbour && { neighbour: true }),
      ...(taughtBy !== undefined && { taughtBy }),
    }
    this.#decideLate(flow, verdict, event)
  }

  /** What kind of file a flow moves is known now. */
  #moves(event: Extract<Event, { type: 'share' | 'transfer' | 'request' }>): void {
    const kind = this.#contents.kindOf(event.content, event.name)
    if (kind === undefined) return
    const flow = this.#flows.get(event.flow)
    if (flow === undefined || !flow.addKind(kind)) return
    if (flow.isPassed && flow.verdict !== undefined) this.#decideLate(flow, flow.verdict, event)
  }

  #decideLate(flow: FlowState, verdict: FlowVerdict, at: At): void {
    const judgement = this.#decide(flow, verdict, { ...at, isSyn: false })
    if (judgement.mark !== MARK_PASS && judgement.mark !== 0) this.#cut(flow, at.carrier, judgement)
  }

  #cut(flow: FlowState, carrier: Carrier, { mark, reset }: Judgement): void {
    this.#out.cut({ ends: flow.ends, carrier, mark, reset: reset !== undefined })
  }

  /** Time runs on: held hosts are asked whether they are still there, or let go. */
  tick(micros: number): void {
    this.#holding.tick(micros)
  }

  // --- What the kernel asks ------------------------------------------------------------------------

  judge(standing: Standing, packet: PacketFacts): Judgement {
    this.#micros = packet.micros
    let flow = this.#flows.get(standing.flow)
    if (flow === undefined) {
      flow = this.#flows.meet(
        standing.flow,
        packet,
        this.#policy.ours.place(packet.ends, packet.inside),
      )
      flow.seeSender(standing.side, packet)
      const first = this.#atFirst(flow, packet)
      if (first !== undefined) return first
    } else {
      flow.seeSender(standing.side, packet)
    }
    const denied = this.#denied(flow, packet)
    if (denied !== undefined) return denied
    if (flow.isFinal) return this.#again(flow, packet)
    if (standing.p2p !== undefined) {
      const isSame = flow.isDecidedOn(standing.p2p)
      return isSame ? this.#again(flow, packet) : this.#decide(flow, standing.p2p, packet)
    }
    return this.#unnamed(flow, standing, packet)
  }

  /** A packet of a flow that is decided came up all the same. */
  #again(flow: FlowState, packet: PacketFacts): Judgement {
    const judgement = flow.judgement!
    if (judgement !== DROP_ONCE) return judgement
    this.#holding.refresh(flow.place.host.ip, packet.micros)
    return this.#withDecoy(flow, packet)
  }

  /** Before a byte of it is known. */
  #atFirst(flow: FlowState, packet: PacketFacts): Judgement | undefined {
    const { host, peer, direction } = flow.place
    const { micros } = packet
    const list = this.#parts.listed?.(peer.ip, micros)
    if (list !== undefined) {
      const why = [`${peer.ip} stands in the list ${list}`]
      return this.#stop(flow, packet, { action: 'block', rule: `list ${list}`, why })
    }
    const over = this.#overLimit(flow, packet)
    if (over !== undefined) return over
    if (this.#holding.isSpare(packet.ends[1].port)) return undefined
    const named = this.#holding.refuses(host.ip, peer, direction, packet.carrier, micros)
    if (named === undefined) return undefined
    const { via, by } = named.taughtBy
    return this.#stop(flow, packet, {
      action: 'refuse',
      rule: 'named to a caught host',
      why: [`${peer.ip} was named by ${by.ip} via ${via}`],
      taughtBy: named.taughtBy,
      family: named.family,
    })
  }

  /** Every query of a flow to a resolver comes up, as long as there are names to refuse. */
  #denied(flow: FlowState, packet: PacketFacts): Judgement | undefined {
    const { names } = this.#parts
    if (names === undefined || names.size === 0 || packet.carrier !== 'udp') return undefined
    if (packet.ends[1].port !== DNS_PORT || flow.place.direction === 'in') return undefined
    const question = packet.payload && flow.isFromOpener ? questionOf(packet.payload) : undefined
    const entry = question && names.find(question.name)
    if (entry === undefined) return LATER
    const state = this.#holding.hosts.meet(flow.place.host.ip)
    if (state.saysOver(`name ${entry}`, NAME_SAID_SECONDS, packet.micros)) {
      const why = [`asked for ${shown(question!.name)}`, `${entry} is refused`]
      this.#say(flow, packet, { action: 'refuse', how: 'drop', rule: 'refused names', why })
    }
    return { ...DROP_ONCE, decoy: denial(question!, this.#config.names.answer) }
  }

  #overLimit(flow: FlowState, packet: PacketFacts): Judgement | undefined {
    const { host, peer } = flow.place
    const over = this.#holding.overLimit(host.ip, peer.ip, packet.micros)
    if (over === undefined) return undefined
    if (over.isToSay) {
      const why = [`${host.ip} has more than ${over.limit}`]
      this.#say(flow, packet, { action: 'block', how: 'drop', rule: `limit: ${over.limit}`, why })
    }
    // What asks again later may pass.
    this.#flows.delete(flow.number)
    return DROP_ONCE
  }

  #unnamed(flow: FlowState, standing: Standing, packet: PacketFacts): Judgement {
    const { host } = flow.place
    const port = packet.ends[1].port
    const { fit } = standing
    const lock = this.#holding.lockOf(host.ip, packet.micros)
    if (fit !== undefined && lock !== undefined && !this.#holding.isSpare(port)) {
      this.#holding.refresh(host.ip, packet.micros)
      return this.#stop(flow, packet, { action: 'lock', rule: lock, why: [fit] })
    }
    const isFinal = standing.state === 'nothing' || flow.packets >= this.#config.queue.packets
    if (!this.#policy.permits(packet.carrier, port, isFinal)) {
      const why = [`${packet.carrier}/${port} is not among the ports that are permitted`]
      return this.#stop(flow, packet, { action: 'block', rule: 'not permitted', why })
    }
    flow.isPassed = isFinal
    if (fit !== undefined && isFinal && !this.#holding.isSpare(port)) {
      this.#holding.hosts.meet(host.ip).rememberShape({ flow, carrier: packet.carrier, fit })
    }
    return isFinal ? PASS : LATER
  }

  // --- Decisions -----------------------------------------------------------------------------------

  /** The policy decides about a flow that has a name. */
  #decide(flow: FlowState, verdict: FlowVerdict, at: At & Pick<PacketFacts, 'isSyn'>): Judgement {
    flow.verdict = verdict
    const { place, mac, kinds } = flow
    const answer = this.#policy.decide({ ...place, mac, kinds, verdict }, at.micros)
    const lock = this.#holding.lockOf(place.host.ip, at.micros)
    const why = verdict.reasons
    if (answer.action === 'watch' && verdict.sureness === 'unsure' && lock !== undefined) {
      this.#holding.refresh(place.host.ip, at.micros)
      return this.#stop(flow, at, { action: 'lock', rule: lock, why })
    }
    if (answer.action === 'block') {
      this.#noteEnd(flow, verdict.family, at)
      const shaped = this.#holding.offence(place.host.ip, answer, at.micros)
      for (const each of shaped) this.#cutShaped(each, answer.rule, at)
      return this.#stop(flow, at, { action: 'block', rule: answer.rule, why }, answer.how)
    }
    if (answer.action === 'learn') this.#holding.catch(place.host.ip, at.micros)
    const { action, rule } = answer
    // More is known, and it makes no difference.
    if (flow.action !== action || flow.rule !== rule) this.#say(flow, at, { action, rule, why })
    const judgement = this.#passing(answer)
    flow.decided(action, judgement)
    return judgement
  }

  /** Whom a blocked flow was to reach is not reached by other ways either. */
  #noteEnd({ place }: FlowState, family: string, { micros, capture, frame }: At): void {
    const { host, peer, direction } = place
    if (direction === 'in') return
    const taughtBy = { capture, frame, via: 'flow', by: host, endpoint: peer, micros }
    const named = { endpoint: peer, carriers: 'both', family, taughtBy } as const
    this.#holding.learn(host.ip, named, micros)
  }

  /** It passed before its host was held, and looks like more of the same. */
  #cutShaped({ flow, carrier, fit }: Shaped, rule: string, at: At): void {
    if (this.#flows.get(flow.number) !== flow || !flow.isPassed || flow.verdict) return
    const when = { ...at, carrier, isSyn: false }
    this.#cut(flow, carrier, this.#stop(flow, when, { action: 'lock', rule, why: [fit] }))
  }

  #passing(answer: Answer): Judgement {
    if (answer.action === 'permit') return PASS
    if (answer.action !== 'throttle') return LATER
    const mark = throttleMark(this.#policy.throttles.indexOf(answer))
    return { verdict: 'accept', mark, rate: answer.rate! }
  }

  /** It does not pass. */
  #stop(
    flow: FlowState,
    at: At & Pick<PacketFacts, 'isSyn' | 'payload'>,
    said: Pick<Decision, 'action' | 'rule' | 'why' | 'taughtBy' | 'family'>,
    how: 'drop' | 'reset' = 'reset',
  ): Judgement {
    const isReset = how === 'reset' && at.carrier === 'tcp'
    this.#say(flow, at, { ...said, how: isReset ? 'reset' : 'drop' })
    flow.family = said.family ?? flow.verdict?.family
    const answered = this.#withDecoy(flow, at)
    if (answered.decoy !== undefined) {
      flow.decided(said.action, DROP_ONCE)
      return answered
    }
    const judgement: Judgement = isReset ? { ...DROP, reset: at.isSyn ? 'sender' : 'both' } : DROP
    flow.decided(said.action, judgement)
    return judgement
  }

  /** Answered only towards our side: the world is told nothing in anybody's name. */
  #withDecoy(flow: FlowState, at: At & Pick<PacketFacts, 'payload'>): Judgement {
    const { family, place, number } = flow
    if (!this.#config.decoys || !flow.isFromHost) return DROP_ONCE
    if (family === undefined || at.payload === undefined) return DROP_ONCE
    const decoy = this.#holding.answer(family, place, at.payload, number, at.micros)
    return decoy === undefined ? DROP_ONCE : { ...DROP_ONCE, decoy }
  }

  #say(flow: FlowState, at: At, said: Omit<Said, 'host'>): void {
    const { micros, carrier, capture, frame } = at
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
    const where = { micros, flow: number, ends, carrier, capture, frame }
    this.#out.say({ type: 'decision', ...where, host: place.host.ip, ...known, ...said })
  }
}

type Said = Pick<
  Decision,
  'action' | 'how' | 'rule' | 'host' | 'why' | 'taughtBy' | 'family' | 'part' | 'sureness'
>

/** When and where something is decided. */
type At = Pick<PacketFacts, 'micros' | 'carrier' | 'capture' | 'frame'>
