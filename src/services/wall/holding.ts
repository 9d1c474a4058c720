/**
 * Hosts that were caught. What was named to a caught host is refused to it for some time; a host that
 * is held (ftwall's time-lock) gets no new flow that looks like more of the same, and nothing else is
 * done to it. Offences renew the lock, and so does the host's reaction to what it is asked at half
 * time.
 */
import type { Endpoint } from '../../core/address.ts'
import type { Carrier, Side } from '../../core/event.ts'
import type { Decoy } from '../../core/protocol.ts'
import { type HostState, Hosts, type Shaped } from './hosts.ts'
import type { HostChange, Refused, WallOut } from './judgement.ts'
import type { NamedEndpoint } from './learned.ts'
import type { Place } from './networks.ts'
import type { Answer } from './policy.ts'
import { timelockOf, type WallConfig } from './schema.ts'
import { holdsPort, type Pace, type Port, paceOf, portOf, spanOf, spanText } from './values.ts'

/** A host that is held, for people. */
export interface Held {
  readonly host: string
  readonly rule: string
  readonly untilMicros: number
  /** Endpoints that are refused to it. */
  readonly refused: number
}

interface OverLimit {
  /** `100 new flows in 1m` */
  readonly limit: string
  /** It was not said for as long as the limit's span. */
  readonly isToSay: boolean
}

export class Holding {
  readonly hosts: Hosts
  readonly #out: WallOut
  readonly #decoys: ReadonlyMap<string, Decoy>
  /** Hosts that are held, and by which rule. */
  readonly #held = new Map<string, string>()
  #lockSeconds = 0
  #learnedSeconds = 0
  #spare: readonly Port[] = []
  #flowPace: Pace | undefined
  #peerPace: Pace | undefined
  /** More is known of ends than before, or more hosts are caught. */
  #hasNews = false

  constructor(decoys: ReadonlyMap<string, Decoy>, out: WallOut) {
    this.#decoys = decoys
    this.#out = out
    this.hosts = new Hosts((name) => out.limit(name))
  }

  use(config: WallConfig): void {
    this.#lockSeconds = timelockOf(config.timelock)!
    this.#learnedSeconds = spanOf(config.learned.for)!
    this.#spare = config.learned.spare.map(portOf).filter((port) => port !== undefined)
    const { flows, peers } = config.limits
    this.#flowPace = flows === undefined ? undefined : paceOf(flows)
    this.#peerPace = peers === undefined ? undefined : paceOf(peers)
  }

  /** Counts a new flow of a host. @returns the limit that it is above, and whether that is said */
  overLimit(ip: string, peer: string, micros: number): OverLimit | undefined {
    const flows = this.#flowPace
    const peers = this.#peerPace
    if (flows === undefined && peers === undefined) return undefined
    const host = this.hosts.meet(ip)
    const saysOver = ({ count, seconds }: Pace, what: string) => {
      const limit = `${count} ${what} in ${spanText(seconds)}`
      return { limit, isToSay: host.saysOver(limit, seconds, micros) }
    }
    if (flows !== undefined && host.isFlowTooMany(flows, micros))
      return saysOver(flows, 'new flows')
    const isOver = peers !== undefined && host.isPeerTooMany(peers, peer, micros)
    return isOver ? saysOver(peers, 'peers') : undefined
  }

  isSpare(port: number): boolean {
    return holdsPort(this.#spare, 'tcp', port) || holdsPort(this.#spare, 'udp', port)
  }

  /** Something was named to a host of ours. */
  learn(ip: string, named: NamedEndpoint, micros: number): void {
    // A peer may name anything: services that everybody needs are not shut for its word.
    if (this.isSpare(named.endpoint.port)) return
    if (this.hosts.learn(ip, named)) this.#hasNews = true
    const { caught } = this.hosts.meet(ip)
    if (caught.isOn(micros)) {
      this.#out.refuse([this.#refused(ip, named, this.#learnedSeconds)])
    }
  }

  /** A port of the host itself on which it takes part. */
  learnPort(ip: string, named: NamedEndpoint): void {
    if (this.isSpare(named.endpoint.port)) return
    if (this.hosts.meet(ip).learnPort(named)) this.#hasNews = true
  }

  /** @returns whether there were news since it was asked last */
  takeNews(): boolean {
    const hasNews = this.#hasNews
    this.#hasNews = false
    return hasNews
  }

  isCaught(ip: string, micros: number): boolean {
    return this.hosts.peek(ip)?.caught.isOn(micros) === true
  }

  /** Which end is a host of ours that was met. */
  insideOf([one, other]: readonly [Endpoint, Endpoint]): Side | undefined {
    if (this.hosts.peek(one.ip) !== undefined) return 0
    return this.hosts.peek(other.ip) === undefined ? undefined : 1
  }

  /**
   * What is known of the ends of a connection that nobody can read. To a caught host an address that
   * takes part is enough, whatever the port: it has one for datagrams and another for connections, or
   * is an end of what an older wall did not see begin.
   * @param isFromStart  who opened it is known
   */
  knownEnds(
    { host: own, peer, direction }: Place,
    carrier: Carrier,
    isFromStart: boolean,
    micros: number,
  ): { readonly named?: NamedEndpoint | undefined; readonly own?: NamedEndpoint | undefined } {
    const host = this.hosts.peek(own.ip)
    if (host === undefined || this.isSpare(own.port) || this.isSpare(peer.port)) return {}
    const since = micros - this.#learnedSeconds * 1_000_000
    // Who called does so from a port that nobody names; what was called is the port that listens.
    const isCalled = (direction === 'in' && isFromStart) || host.caught.isOn(micros)
    const isListening = carrier === 'udp' || direction === 'in' || !isFromStart
    return {
      named: isCalled
        ? host.learned.findAddress(peer.ip, since)
        : host.learned.find(peer, carrier, since),
      own: isListening ? host.portOf(own.port, carrier, since) : undefined,
    }
  }

  #refused(host: string, named: NamedEndpoint, seconds: number): Refused {
    const { endpoint, carriers, taughtBy } = named
    return { host, endpoint, carriers, seconds, taughtBy }
  }

  /** What was named to it is refused from now on. */
  catch(ip: string, micros: number): void {
    const host = this.hosts.meet(ip)
    if (!host.caught.renew(this.#learnedSeconds, micros)) return
    this.#hasNews = true
    const span = this.#learnedSeconds * 1_000_000
    const refused = host.learned.since(micros - span).map((named) => {
      const left = Math.ceil((named.taughtBy.micros + span - micros) / 1_000_000)
      return this.#refused(ip, named, left)
    })
    if (refused.length > 0) this.#out.refuse(refused)
  }

  /**
   * A flow of the host was blocked.
   * @param told  of the host, where it is held from now on
   * @returns the flows with a telling shape that passed until now, where the host is held from now on
   */
  offence(
    ip: string,
    { rule, seconds, after }: Answer,
    micros: number,
    told: Pick<HostChange, 'account' | 'why'> = {},
  ): readonly Shaped[] {
    const host = this.hosts.meet(ip)
    if (after !== undefined && !host.offends(rule, after, micros)) return []
    this.catch(ip, micros)
    const span = seconds ?? this.#lockSeconds
    if (span === 0 || !host.lock.renew(span, micros)) return []
    this.#hasNews = true
    this.#held.set(ip, rule)
    const untilMicros = host.lock.until
    this.#out.host({ host: ip, state: 'held', rule, micros, untilMicros, ...told })
    const shaped = [...host.shaped.values()]
    host.shaped.clear()
    return shaped
  }

  /** The rule by which a host is held at the moment. */
  lockOf(ip: string, micros: number): string | undefined {
    const rule = this.#held.get(ip)
    if (rule === undefined) return undefined
    return this.hosts.peek(ip)?.lock.isOn(micros) === true ? rule : undefined
  }

  /** A held host goes on: the lock is renewed once half of it is over. */
  refresh(ip: string, micros: number): void {
    const host = this.hosts.peek(ip)
    if (host?.lock.isOn(micros) === true) host.lock.renew(host.lock.seconds, micros)
  }

  /** Who named this endpoint to the host, if that is held against it. */
  refuses(
    ip: string,
    peer: Endpoint,
    direction: Place['direction'],
    carrier: Carrier,
    micros: number,
  ): NamedEndpoint | undefined {
    const host = this.hosts.peek(ip)
    if (host?.caught.isOn(micros) !== true) return undefined
    const since = micros - this.#learnedSeconds * 1_000_000
    const named =
      direction === 'in'
        ? host.learned.findAddress(peer.ip, since)
        : host.learned.find(peer, carrier, since)
    if (named !== undefined) this.refresh(ip, micros)
    return named
  }

  /** What a peer would say to a datagram that does not reach it. */
  answer(
    family: string,
    { host: own, peer }: Place,
    datagram: Uint8Array,
    seed: number,
    micros: number,
  ): Uint8Array | undefined {
    const bytes = this.#decoys.get(family)?.answer(datagram, seed)
    if (bytes === undefined) return undefined
    const host = this.hosts.meet(own.ip)
    host.talk = { family, own, peer, datagram: datagram.slice() }
    host.talkedAt = micros
    return bytes
  }

  /** Who is half forgotten is asked whether it is still there; whose time is over is let go. */
  tick(micros: number): void {
    for (const [ip, rule] of this.#held) {
      const host = this.hosts.peek(ip)
      if (host?.lock.isOn(micros) !== true) {
        this.#held.delete(ip)
        this.#out.host({ host: ip, state: 'free', rule, micros })
        continue
      }
      if (host.lock.isHalfOver(micros)) this.#ask(host, micros)
    }
  }

  #ask(host: HostState, micros: number): void {
    const { talk, lock } = host
    // Once in a lock's half: the lock that is not renewed runs out.
    if (talk === undefined || micros - host.talkedAt < lock.seconds * 500_000) return
    host.talkedAt = micros
    const bytes = this.#decoys.get(talk.family)?.probe?.(talk.datagram)
    if (bytes !== undefined) this.#out.send({ from: talk.peer, to: talk.own, bytes })
  }

  freeAll(micros: number): void {
    for (const host of this.hosts.all()) host.free()
    this.tick(micros)
  }

  /** Hosts that are held, for people. */
  list(micros: number): readonly Held[] {
    const since = micros - this.#learnedSeconds * 1_000_000
    return [...this.#held].flatMap(([ip, rule]) => {
      const host = this.hosts.peek(ip)
      if (host?.lock.isOn(micros) !== true) return []
      const refused = host.learned.since(since).length
      return [{ host: ip, rule, untilMicros: host.lock.until, refused }]
    })
  }
}
