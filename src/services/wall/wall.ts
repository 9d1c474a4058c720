/**
 * The wall: hears what the engine says of flows (`consume`), and gives a verdict for each packet that
 * comes up from the kernel (`judge`). What was decided of a flow goes into the connection's mark, so
 * that only first packets come up. Deterministic; time comes in with packets and `tick`.
 *
 *   first packet    a list, a limit, an endpoint that was named to a caught host
 *   undecided       passes, unmarked: the next packet comes up; after `queue.packets` marked to pass
 *   named           the policy decides
 *   of no protocol  marked to pass, unless it looks like an encrypted one and its host is held, or
 *                   what is known of its ends speaks against it
 *
 * What passes by its mark is judged again (`nextReview`, `review`) when the policy is another one or,
 * where nobody could read it, when more is known of its ends.
 */
import type { Decision, Event, FlowVerdict } from '../../core/event.ts'
import type { Decoy } from '../../core/protocol.ts'
import type { Standing } from '../../core/standing.ts'
import { shown } from '../../core/text.ts'
import { Contents } from './contents.ts'
import { Decisions, DROP_ONCE, LATER, PASS, PASS_UNREAD, type RuleHits } from './decisions.ts'
import { denial, questionOf } from './dns/question.ts'
import { type FlowState, Flows } from './flows.ts'
import { Holding } from './holding.ts'
import type { Connection, Judgement, PacketFacts, Recalled, WallOut } from './judgement.ts'
import { KnownConnections } from './known.ts'
import { namedBy } from './learned.ts'
import type { NamedNetwork } from './networks.ts'
import { Policy } from './policy.ts'
import { Recall, refusedPeer } from './recall.ts'
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

export class Wall {
  readonly #parts: WallParts
  #config: WallConfig
  #policy: Policy
  readonly #flows: Flows
  readonly #contents = new Contents()
  readonly #holding: Holding
  /** Of those that the kernel decides. */
  readonly #known: KnownConnections
  readonly #recall: Recall
  /** Which rules hold at this hour. */
  #season: string | undefined
  readonly #decisions: Decisions
  /** Of the packet that came last. */
  #micros = 0

  constructor(parts: WallParts, out: WallOut) {
    this.#parts = parts
    this.#flows = new Flows(() => out.limit('wallFlowsMax'))
    this.#holding = new Holding(parts.decoys ?? new Map(), out)
    this.#known = new KnownConnections(() => out.limit('wallConnectionsMax'))
    this.#recall = new Recall(this.#flows, this.#known, this.#holding)
    this.#config = parts.config
    this.#policy = new Policy(parts.config, parts.networks)
    this.#holding.use(parts.config)
    const { config } = parts
    this.#decisions = new Decisions(this.#flows, this.#holding, out, {
      config,
      policy: this.#policy,
    })
  }

  /** Another policy: every flow is decided again; who was held by the old one is free. */
  usePolicy(config: WallConfig, networks: readonly NamedNetwork[]): void {
    this.#config = config
    this.#policy = new Policy(config, networks)
    this.#season = undefined
    this.#holding.use(config)
    this.#decisions.use({ config, policy: this.#policy })
    this.#holding.freeAll(this.#micros)
    this.#recall.all()
  }

  get policy(): Policy {
    return this.#policy
  }

  get holding(): Holding {
    return this.#holding
  }

  /** How many flows each rule decided, in the order of first hits. */
  get hits(): readonly RuleHits[] {
    return this.#decisions.hits
  }

  // --- What the engine says ------------------------------------------------------------------------

  consume(event: Event): void {
    switch (event.type) {
      case 'claim': {
        // What a VPN says of its peers is nothing against anybody.
        if (this.#parts.neighbours?.has(event.family)) return
        const named = namedBy(event)
        for (const end of event.ends) {
          if (!this.#isOurs(end.ip, event.ends)) continue
          if (end.ip !== event.about.ip) this.#holding.learn(end.ip, named, event.micros)
          else if (end.ip === event.by.ip) this.#holding.learnPort(end.ip, named)
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
        return this.#ended(event)
    }
  }

  /** What ends there for want of packets may go on in the kernel. */
  #ended({ flow: number, reason }: Extract<Event, { type: 'flow' }>): void {
    const flow = this.#flows.get(number)
    if (flow === undefined) return
    this.#flows.delete(flow)
    const isMarked = flow.isPassed || flow.action === 'throttle' || flow.sentence !== undefined
    if (isMarked && reason !== 'closed') this.#known.keep(flow.key, flow)
  }

  #isOurs(ip: string, ends: Decision['ends']): boolean {
    return this.#policy.ours.has(ip) || this.#policy.ours.place(ends).host.ip === ip
  }

  /** A flow that passes already is named: by claims that came since. Or a name is taken back. */
  #recognised(event: Extract<Event, { type: 'recognition' }>): void {
    const flow = this.#flows.get(event.flow)
    this.#noteOwnPort(event, flow)
    if (flow === undefined) return
    if (event.withdrawn !== undefined) {
      const wasHeldBack = flow.action === 'block' || flow.action === 'throttle'
      flow.forget()
      if (wasHeldBack) this.#decisions.cut(flow, event.carrier, PASS)
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
    this.#decisions.decideLate(flow, verdict, event)
  }

  /**
   * Where somebody calls a host of ours, it listens. Of UDP a client has one port, and whoever has it
   * for datagrams has it for connections.
   */
  #noteOwnPort(event: Extract<Event, { type: 'recognition' }>, flow: FlowState | undefined): void {
    const { ends, carrier, family, part, sureness, micros, capture, frame, withdrawn } = event
    if (sureness !== 'certain' || withdrawn !== undefined) return
    if (this.#parts.neighbours?.has(family) === true) return
    const { host: endpoint, peer: by, direction } = flow?.place ?? this.#policy.ours.place(ends)
    const isCalled = direction === 'in' && flow?.isFromStart === true
    if (carrier === 'tcp' && !isCalled) return
    const taughtBy = { capture, frame, via: 'flow', by, endpoint, micros }
    const carriers = carrier === 'udp' ? 'both' : 'tcp'
    this.#holding.learnPort(endpoint.ip, { endpoint, carriers, family, part, taughtBy })
  }

  /** What kind of file a flow moves is known now. */
  #moves(event: Extract<Event, { type: 'share' | 'transfer' | 'request' }>): void {
    const kind = this.#contents.kindOf(event.content, event.name)
    if (kind === undefined) return
    const flow = this.#flows.get(event.flow)
    if (flow === undefined || !flow.addKind(kind)) return
    if (!flow.isPassed || flow.verdict === undefined) return
    this.#decisions.decideLate(flow, flow.verdict, event)
  }

  /** Time runs on: held hosts are asked whether they are still there, or let go; rules begin and end. */
  tick(micros: number): void {
    this.#holding.tick(micros)
    const season = this.#policy.seasonAt(micros)
    if (this.#season !== undefined && this.#season !== season) this.#recall.all()
    this.#season = season
  }

  // --- What the kernel decides by marks --------------------------------------------------------------

  /** Which connections are to be gone through now, if any are; each is then given to `review`. */
  nextReview(micros: number): Recalled | undefined {
    return this.#recall.next(micros)
  }

  /** @returns whether the next packet of this connection is to come up */
  review(connection: Connection, what: Recalled, micros: number): boolean {
    return this.#recall.review(connection, what, this.#policy, micros)
  }

  // --- What the kernel asks ------------------------------------------------------------------------

  judge(standing: Standing, packet: PacketFacts): Judgement {
    this.#micros = packet.micros
    const flow = this.#flows.get(standing.flow) ?? this.#meet(standing.flow, packet)
    flow.seeSender(standing.side, packet)
    this.#rememberMac(flow)
    if (flow.isAnew) {
      flow.isAnew = false
      const first = this.#atFirst(flow, packet)
      if (first !== undefined) return first
    }
    const denied = this.#denied(flow, packet)
    if (denied !== undefined) return denied
    if (flow.isFinal) return this.#again(flow, packet)
    // Who reads it may know nothing any more of what was read before the kernel let it pass.
    if (standing.p2p !== undefined) flow.isSuspected = false
    const verdict = standing.p2p ?? flow.verdict
    if (verdict === undefined) return this.#unnamed(flow, standing, packet)
    const judgement = flow.isDecidedOn(verdict)
      ? this.#again(flow, packet)
      : this.#decisions.decide(flow, verdict, packet)
    // What nobody reads any more tells nothing by coming up.
    return judgement === LATER && standing.p2p === undefined ? this.#passUnread(flow) : judgement
  }

  /** Whoever is called has not spoken yet: its station is known by what it said before. */
  #rememberMac(flow: FlowState): void {
    if (flow.packets > 2) return
    const { ip } = flow.place.host
    const known = this.#holding.hosts.peek(ip)?.mac
    if (flow.mac === undefined) flow.mac = known
    else if (flow.mac !== known) this.#holding.hosts.meet(ip).mac = flow.mac
  }

  #meet(number: number, packet: PacketFacts): FlowState {
    const place = this.#policy.ours.place(packet.ends, packet.inside)
    const flow = this.#flows.meet(number, packet, place)
    const known = this.#known.size === 0 ? undefined : this.#known.take(flow.key)
    return known === undefined ? flow : Object.assign(flow, known)
  }

  /** A packet of a flow that is decided came up all the same. */
  #again(flow: FlowState, packet: PacketFacts): Judgement {
    const judgement = flow.judgement!
    if (judgement !== DROP_ONCE) return judgement
    this.#holding.refresh(flow.place.host.ip, packet.micros)
    return this.#decisions.answered(flow, packet)
  }

  /** Before a byte of it is known. */
  #atFirst(flow: FlowState, packet: PacketFacts): Judgement | undefined {
    const { host, peer, direction } = flow.place
    const { micros } = packet
    if (flow.sentence !== undefined) return this.#decisions.stop(flow, packet, flow.sentence)
    const list = this.#parts.listed?.(peer.ip, micros)
    if (list !== undefined) {
      const why = [`${peer.ip} stands in the list ${list}`]
      return this.#decisions.stop(flow, packet, { action: 'block', rule: `list ${list}`, why })
    }
    const over = this.#overLimit(flow, packet)
    if (over !== undefined) return over
    if (this.#holding.isSpare(packet.ends[1].port)) return undefined
    const named = this.#holding.refuses(host.ip, peer, direction, packet.carrier, micros)
    if (named === undefined) return undefined
    return this.#decisions.stop(flow, packet, refusedPeer(named))
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
      this.#decisions.say(flow, packet, {
        action: 'refuse',
        how: 'drop',
        rule: 'refused names',
        why,
      })
    }
    return { ...DROP_ONCE, decoy: denial(question!, this.#config.names.answer) }
  }

  #overLimit(flow: FlowState, packet: PacketFacts): Judgement | undefined {
    const { host, peer } = flow.place
    if (flow.isCounted || !flow.isFromStart) return undefined
    const over = this.#holding.overLimit(host.ip, peer.ip, packet.micros)
    flow.isCounted = over === undefined
    if (over === undefined) return undefined
    if (over.isToSay) {
      const why = [`${host.ip} has more than ${over.limit}`]
      this.#decisions.say(flow, packet, {
        action: 'block',
        how: 'drop',
        rule: `limit: ${over.limit}`,
        why,
      })
    }
    // What asks again later may pass.
    this.#flows.delete(flow)
    return DROP_ONCE
  }

  #unnamed(flow: FlowState, standing: Standing, packet: PacketFacts): Judgement {
    const { host } = flow.place
    const port = packet.ends[1].port
    const { fit } = standing
    const lock = this.#holding.lockOf(host.ip, packet.micros)
    if (fit !== undefined && lock !== undefined && !this.#holding.isSpare(port)) {
      this.#holding.refresh(host.ip, packet.micros)
      return this.#decisions.stop(flow, packet, { action: 'lock', rule: lock, why: [fit] })
    }
    const isFinal = standing.state === 'nothing' || flow.packets >= this.#config.queue.packets
    if (!this.#policy.permits(packet.carrier, port, isFinal)) {
      const why = [`${packet.carrier}/${port} is not among the ports that are permitted`]
      return this.#decisions.stop(flow, packet, { action: 'block', rule: 'not permitted', why })
    }
    if (!isFinal) return LATER
    const isRead = standing.state === 'nothing' && fit === undefined && packet.carrier === 'tcp'
    if (this.#holding.isSpare(port) || (isRead && flow.isFromStart)) {
      return flow.pass(PASS)
    }
    return this.#unread(flow, packet, fit)
  }

  /** Nobody can read it: what is known of its ends decides, now or later. */
  #unread(flow: FlowState, packet: PacketFacts, fit: string | undefined): Judgement {
    const { micros, carrier } = packet
    flow.fit = fit ?? flow.fit
    const found = this.#recall.suspect({ ...flow, carrier }, this.#policy, micros)
    if (found?.sentence !== undefined) return this.#decisions.stop(flow, packet, found.sentence)
    if (found?.verdict !== undefined) {
      flow.isSuspected = true
      return this.#decisions.decide(flow, found.verdict, packet)
    }
    if (flow.fit !== undefined) {
      const { ip } = flow.place.host
      this.#holding.hosts.meet(ip).rememberShape({ flow, carrier, fit: flow.fit })
    }
    return this.#passUnread(flow)
  }

  #passUnread(flow: FlowState): Judgement {
    this.#flows.isUnread(flow)
    return flow.pass(PASS_UNREAD)
  }
}
