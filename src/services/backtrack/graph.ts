/**
 * Who told whom what: an edge is "`by` told `to` that `about` has `content`", with the channel, the times,
 * and the frame in which it was said first.
 */
import { type Endpoint, endpointText } from '../../core/address.ts'
import type { ChannelKind } from '../../core/crawler.ts'
import type { Claim, PacketRef } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'

export interface Edge extends PacketRef {
  readonly by: Endpoint
  readonly to: Endpoint
  readonly about: Endpoint
  readonly family: string
  /** As the claim has it, and what kind of channel that is, where a crawler knows. */
  readonly via: string
  readonly kind: ChannelKind | 'other'
  readonly part: string
  readonly content?: string
  readonly id?: string
  readonly reading?: 'natural' | 'reversed'
  readonly firstMicros: number
  lastMicros: number
  /** How often it was said. */
  count: number
}

export class Graph {
  readonly #kindOf: (family: string, via: string) => ChannelKind | undefined
  readonly #edges = new Map<string, Edge>()
  /** By address that is told. */
  readonly #about = new Map<string, Edge[]>()
  /** How many addresses each one tells, by endpoint. */
  readonly #tells = new Map<string, Edge[]>()
  /** Claims for which there was no room. */
  notKept = 0

  constructor(kindOf: (family: string, via: string) => ChannelKind | undefined) {
    this.#kindOf = kindOf
  }

  claim(claim: Claim): void {
    const { by, about, via, content, family, ends } = claim
    const key = `${family} ${endpointText(by)} ${endpointText(about)} ${via} ${content ?? ''}`
    const before = this.#edges.get(key)
    if (before !== undefined) {
      before.lastMicros = Math.max(before.lastMicros, claim.micros)
      before.count++
      return
    }
    if (this.#edges.size >= limits.backtrackEdgesMax) {
      this.notKept++
      return
    }
    const { part, id, reading, micros, capture, frame } = claim
    const edge: Edge = {
      ...{ by, about, family, via, part, capture, frame },
      to: ends[0].ip === by.ip && ends[0].port === by.port ? ends[1] : ends[0],
      kind: this.#kindOf(family, via) ?? 'other',
      ...(content !== undefined && { content }),
      ...(id !== undefined && { id }),
      ...(reading !== undefined && { reading }),
      firstMicros: micros,
      lastMicros: micros,
      count: 1,
    }
    this.#edges.set(key, edge)
    listed(this.#about, about.ip, edge)
    listed(this.#tells, endpointText(by), edge)
  }

  get size(): number {
    return this.#edges.size
  }

  /** In the order in which they were said first. */
  get edges(): Iterable<Edge> {
    return this.#edges.values()
  }

  /** Everything that names an address, or one port of it, by time. */
  about(ip: string, port?: number): Edge[] {
    const all = this.#about.get(ip) ?? []
    const ofIt = port === undefined ? all : all.filter(({ about }) => about.port === port)
    return [...ofIt].sort((a, b) => a.firstMicros - b.firstMicros)
  }

  /** Everything that one endpoint says. */
  toldBy(by: Endpoint): readonly Edge[] {
    return this.#tells.get(endpointText(by)) ?? []
  }
}

function listed(lists: Map<string, Edge[]>, key: string, edge: Edge): void {
  const list = lists.get(key)
  if (list === undefined) lists.set(key, [edge])
  else list.push(edge)
}
