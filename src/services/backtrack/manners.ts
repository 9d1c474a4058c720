/** How fast, how much and how often: no endpoint, no network and no wire is asked for more than it bears. */
import { endpointText, parseIp4, parseIp6 } from '../../core/address.ts'
import { hex } from '../../core/bytes.ts'
import { limits } from '../../core/limits.ts'
import type { Task } from './frontier.ts'

export interface Budgets {
  /** Packets a second, over all. */
  readonly packetsPerSecond: number
  /** Packets in all. */
  readonly packetsMax: number
  /** Interviews at once, of each carrier. */
  readonly inFlightMax: number
  /** Questions a second to one network: /24 of IPv4, /48 of IPv6. */
  readonly networkPerSecond: number
}

const SECOND_MICROS = 1_000_000
/** What was not sent may be made up for within a tenth of a second. */
const BURST_SECONDS = 0.1
const NETWORK_BYTES = [3, 6] as const

export class Manners {
  readonly #budgets: Budgets
  /** Packets that may go at once. */
  #tokens: number
  #micros = Number.POSITIVE_INFINITY
  #sent = 0
  /** When an endpoint, or a network, may be asked again. */
  readonly #endpoints = new Map<string, number>()
  readonly #networks = new Map<string, number>()

  /** @param sent  packets of earlier runs of the same crawl */
  constructor(budgets: Budgets, sent = 0) {
    this.#budgets = budgets
    this.#tokens = this.#burst
    this.#sent = sent
  }

  /** Packets so far. */
  get sent(): number {
    return this.#sent
  }

  isSpent(packets: number): boolean {
    return this.#sent + packets > this.#budgets.packetsMax
  }

  hasRoom(inFlight: number): boolean {
    return inFlight < this.#budgets.inFlightMax
  }

  get #burst(): number {
    return Math.max(1, this.#budgets.packetsPerSecond * BURST_SECONDS)
  }

  /** When the next packet may go: now, or later. */
  paceMicros(now: number): number {
    const { packetsPerSecond } = this.#budgets
    const seconds = Math.max(0, now - this.#micros) / SECOND_MICROS
    this.#tokens = Math.min(this.#burst, this.#tokens + seconds * packetsPerSecond)
    this.#micros = now
    if (this.#tokens >= 1) return now
    return now + Math.ceil(((1 - this.#tokens) / packetsPerSecond) * SECOND_MICROS)
  }

  /** So many packets go. Who was asked politely may answer back: this is never refused. */
  spend(packets: number): void {
    this.#sent += packets
    this.#tokens -= packets
  }

  /** When this endpoint may be asked: now, or later. The turn is kept for it. */
  turnMicros({ of: { at }, channel }: Task, now: number): number {
    const { networkPerSecond } = this.#budgets
    const endpoint = endpointText(at)
    const network = networkOf(at.ip)
    const turn = Math.max(now, this.#endpoints.get(endpoint) ?? 0, this.#networks.get(network) ?? 0)
    keep(this.#endpoints, endpoint, turn + channel.pauseSeconds * SECOND_MICROS, now)
    if (networkPerSecond < Number.POSITIVE_INFINITY) {
      keep(this.#networks, network, turn + Math.ceil(SECOND_MICROS / networkPerSecond), now)
    }
    return turn
  }
}

/** Those whose time has come are forgotten where they are too many; others are few at any time. */
function keep(times: Map<string, number>, key: string, micros: number, now: number): void {
  if (times.size >= limits.backtrackEndpointsMax) {
    for (const [other, at] of times) if (at <= now) times.delete(other)
  }
  times.set(key, micros)
}

function networkOf(ip: string): string {
  const four = parseIp4(ip)
  if (four !== undefined) return hex(four, 0, NETWORK_BYTES[0])
  const six = parseIp6(ip)
  return six === undefined ? ip : hex(six, 0, NETWORK_BYTES[1])
}
