/**
 * What the wall remembers of each host of ours: what was named to it, whether it is caught (what was
 * named is refused) and held (what looks like more of the same is dropped: ftwall's time-lock), and
 * how often it did what is counted.
 */
import type { Endpoint } from '../../core/address.ts'
import type { Carrier } from '../../core/event.ts'
import { type LimitName, limits } from '../../core/limits.ts'
import { trim } from '../../core/oldest.ts'
import type { FlowState } from './flows.ts'
import { Learned, type NamedEndpoint } from './learned.ts'
import type { Pace } from './values.ts'
import { AddressWindow, Window } from './window.ts'

/** A span of time that is renewed; one that a clock which was set back makes too long is over. */
class Hold {
  #until = 0
  #seconds = 0

  isOn(micros: number): boolean {
    return this.#until > micros && this.#until - micros <= this.#seconds * 1_000_000
  }

  /** Half of it is over: it is renewed only then, so that a flood renews it twice in its span. */
  isHalfOver(micros: number): boolean {
    return this.#until - micros <= this.#seconds * 500_000
  }

  /** @returns whether it was not on before */
  renew(seconds: number, micros: number): boolean {
    const isOn = this.isOn(micros)
    if (isOn && !this.isHalfOver(micros) && seconds <= this.#seconds) return false
    this.#seconds = seconds
    this.#until = micros + seconds * 1_000_000
    return !isOn
  }

  end(): void {
    this.#until = 0
  }

  get seconds(): number {
    return this.#seconds
  }

  get until(): number {
    return this.#until
  }
}

/** A datagram that was answered in a peer's place: the talk is kept up by it. */
export interface Talk {
  readonly family: string
  readonly own: Endpoint
  readonly peer: Endpoint
  readonly datagram: Uint8Array
}

/** A flow that passes, though little else but what a wall stops has its shape. */
export interface Shaped {
  readonly flow: FlowState
  readonly carrier: Carrier
  /** `Standing.fit` */
  readonly fit: string
}

/** Ports of one host that are remembered. */
const PORTS_MAX = 64

export class HostState {
  readonly learned = new Learned()
  /** Its own ports on which it takes part: said by itself, or seen. Longest not met first. */
  readonly #ports = new Map<number, NamedEndpoint>()
  readonly caught = new Hold()
  readonly lock = new Hold()
  /** Flows that pass and have a telling shape, by number: cut when the host is held. */
  readonly shaped = new Map<number, Shaped>()
  /** Of its frames, where one was seen. */
  mac: string | undefined
  talk: Talk | undefined
  /** When the talk was kept up last. */
  talkedAt = 0
  #flows: Window | undefined
  #peers: AddressWindow | undefined
  readonly #offences = new Map<string, Window>()
  readonly #overSaid = new Map<string, number>()

  /** @returns whether that is news */
  learnPort(named: NamedEndpoint): boolean {
    const { port } = named.endpoint
    const before = this.#ports.get(port)
    const isWider = before !== undefined && before.carriers !== named.carriers
    this.#ports.delete(port)
    this.#ports.set(port, isWider ? { ...named, carriers: 'both' } : named)
    trim(this.#ports, PORTS_MAX)
    return before === undefined || (isWider && before.carriers !== 'both')
  }

  portOf(port: number, carrier: Carrier, since: number): NamedEndpoint | undefined {
    const named = this.#ports.get(port)
    if (named === undefined || named.taughtBy.micros < since) return undefined
    return named.carriers === 'both' || named.carriers === carrier ? named : undefined
  }

  rememberShape(shaped: Shaped): void {
    this.shaped.set(shaped.flow.number, shaped)
    trim(this.shaped, limits.wallCountedMax)
  }

  /** Counts an offence against a rule. @returns whether they are as many as the pace says */
  offends(rule: string, pace: Pace, micros: number): boolean {
    let window = this.#offences.get(rule)
    if (window === undefined) {
      window = new Window(pace)
      this.#offences.set(rule, window)
    }
    window.add(micros)
    return window.isFull(micros)
  }

  /** Counts a new flow. @returns whether it is one too many; then it does not count */
  isFlowTooMany(pace: Pace, micros: number): boolean {
    this.#flows ??= new Window(pace)
    if (this.#flows.isFull(micros)) return true
    this.#flows.add(micros)
    return false
  }

  isPeerTooMany(pace: Pace, ip: string, micros: number): boolean {
    this.#peers ??= new AddressWindow(pace)
    return !this.#peers.add(ip, micros)
  }

  /** Whether it is time to say again that a limit is reached: once in its span. */
  saysOver(rule: string, seconds: number, micros: number): boolean {
    const said = this.#overSaid.get(rule)
    if (said !== undefined && Math.abs(micros - said) < seconds * 1_000_000) return false
    if (this.#overSaid.size >= limits.wallCountedMax) this.#overSaid.clear()
    this.#overSaid.set(rule, micros)
    return true
  }

  /** All that another policy may see otherwise; what was named stays. */
  free(): void {
    this.caught.end()
    this.lock.end()
    this.#flows = undefined
    this.#peers = undefined
    this.#offences.clear()
    this.#overSaid.clear()
  }
}

/** So many stay when there were too many. */
const NAMED_AFTER = Math.floor((limits.wallNamedMax * 15) / 16)

export class Hosts {
  /** Longest not met first. */
  readonly #hosts = new Map<string, HostState>()
  readonly #limit: (name: LimitName) => void
  #named = 0

  constructor(limit: (name: LimitName) => void) {
    this.#limit = limit
  }

  get size(): number {
    return this.#hosts.size
  }

  peek(ip: string): HostState | undefined {
    return this.#hosts.get(ip)
  }

  /** A host that does something. */
  meet(ip: string): HostState {
    const known = this.#hosts.get(ip)
    const host = known ?? new HostState()
    if (known !== undefined) this.#hosts.delete(ip)
    this.#hosts.set(ip, host)
    const isFull = trim(this.#hosts, limits.wallHostsMax, ({ learned }) => {
      this.#named -= learned.size
    })
    if (isFull) this.#limit('wallHostsMax')
    return host
  }

  /** @returns whether it was not known */
  learn(ip: string, named: NamedEndpoint): boolean {
    const { learned } = this.meet(ip)
    const before = learned.size
    const isNews = learned.add(named)
    this.#named += learned.size - before
    if (this.#named > limits.wallNamedMax) this.#forgetNamed(ip)
    return isNews
  }

  /** Hosts longest not met forget what was named to them, until a part of the bound is free. */
  #forgetNamed(but: string): void {
    this.#limit('wallNamedMax')
    for (const [ip, { learned }] of this.#hosts) {
      if (this.#named <= NAMED_AFTER) return
      if (ip === but) continue
      this.#named -= learned.size
      learned.clear()
    }
  }

  all(): IterableIterator<HostState> {
    return this.#hosts.values()
  }
}
