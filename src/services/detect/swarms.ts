/**
 * Contents: what they are called and who says so, who has them, who asks for them, through which
 * channels hosts were named for them, and how much of them moved.
 */
import type { Event, PacketRef, Share, Stamp } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'

/** A name, and where it came from. */
export interface ContentName extends PacketRef {
  readonly name: string
  readonly via: string
  /** Address of who told it. */
  readonly by: string
  /** Checked against the hash. */
  readonly verified: boolean
}

export interface Swarm extends PacketRef {
  /** URN, as first seen. */
  readonly content: string
  /** Other URNs of the same content. */
  readonly also: readonly string[]
  readonly families: readonly string[]
  /** Best first: those checked against the hash, then in order of hearing. */
  readonly names: readonly ContentName[]
  readonly size: number | undefined
  readonly files: number
  /** Hosts that have it or want it; at most `limits.swarmHostsMax` are told apart. */
  readonly hosts: number
  /** Hosts seen to ask for it. */
  readonly asking: number
  /** Channel → how many times a host was named for it. */
  readonly claims: Readonly<Record<string, number>>
  /** Bytes of it that moved in the captures. */
  readonly bytes: number
}

interface Content {
  readonly first: Stamp
  readonly content: string
  readonly also: Set<string>
  readonly families: Set<string>
  readonly names: ContentName[]
  readonly hosts: Set<string>
  readonly asking: Set<string>
  readonly claims: Map<string, number>
  size: number | undefined
  files: number
  bytes: number
}

/** Names kept per content. */
const NAMES_MAX = 8
/** Other URNs kept per content. */
const ALSO_MAX = 8

export class Swarms {
  /** Every URN → its content; several URNs may lead to one. */
  readonly #contents = new Map<string, Content>()
  #count = 0
  /** Contents not summed up because there were more than `limits.swarmsMax`. */
  forgotten = 0
  readonly #contentsMax: number

  constructor(contentsMax: number = limits.swarmsMax) {
    this.#contentsMax = contentsMax
  }

  consume(event: Event): void {
    switch (event.type) {
      case 'claim': {
        const swarm = this.#of(event.content, event)
        if (swarm === undefined) return
        addHost(swarm.hosts, event.about.ip)
        swarm.claims.set(event.via, (swarm.claims.get(event.via) ?? 0) + 1)
        return
      }
      case 'request': {
        const swarm = this.#of(event.content, event)
        if (swarm === undefined) return
        addHost(swarm.hosts, event.by.ip)
        addHost(swarm.asking, event.by.ip)
        return
      }
      case 'share':
        return this.#share(event)
      case 'transfer': {
        const swarm = this.#of(event.content, event)
        if (swarm === undefined) return
        swarm.bytes += event.bytes
        addHost(swarm.hosts, event.from.ip)
        addHost(swarm.hosts, event.to.ip)
        if (event.name !== undefined) addName(swarm, event, event.name, event.from.ip, false)
        return
      }
      case 'search':
        this.#of(event.content, event)
    }
  }

  /** The contents that most moved of, then those with most hosts. */
  list(): Swarm[] {
    return [...new Set(this.#contents.values())]
      .map(
        (swarm): Swarm => ({
          content: swarm.content,
          also: [...swarm.also].sort(),
          families: [...swarm.families].sort(),
          names: [...swarm.names].sort((a, b) => Number(b.verified) - Number(a.verified)),
          size: swarm.size,
          files: swarm.files,
          hosts: swarm.hosts.size,
          asking: swarm.asking.size,
          claims: Object.fromEntries(swarm.claims),
          bytes: swarm.bytes,
          capture: swarm.first.capture,
          frame: swarm.first.frame,
        }),
      )
      .sort(
        (a, b) =>
          b.bytes - a.bytes ||
          b.names.length - a.names.length ||
          b.hosts - a.hosts ||
          (a.content < b.content ? -1 : 1),
      )
  }

  #share(event: Share): void {
    const swarm = this.#of(event.content, event)
    if (swarm === undefined) return
    addHost(swarm.hosts, event.by.ip)
    swarm.size ??= event.size
    if (event.files) swarm.files = Math.max(swarm.files, event.files.length)
    if (event.name !== undefined) {
      addName(swarm, event, event.name, event.by.ip, event.verified === true)
    }
    for (const urn of event.also ?? []) this.#alias(swarm, urn)
  }

  #of(content: string | undefined, event: Stamp): Content | undefined {
    if (content === undefined) return undefined
    let swarm = this.#contents.get(content)
    if (swarm === undefined) {
      if (this.#count >= this.#contentsMax) {
        this.forgotten++
        return undefined
      }
      this.#count++
      swarm = {
        first: event,
        content,
        also: new Set(),
        families: new Set(),
        names: [],
        hosts: new Set(),
        asking: new Set(),
        claims: new Map(),
        size: undefined,
        files: 0,
        bytes: 0,
      }
      this.#contents.set(content, swarm)
    }
    swarm.families.add(event.family)
    return swarm
  }

  /** Two URNs of one content: what was known of the second joins the first. */
  #alias(swarm: Content, urn: string): void {
    const other = this.#contents.get(urn)
    if (other === swarm || swarm.also.size >= ALSO_MAX) return
    swarm.also.add(urn)
    this.#contents.set(urn, swarm)
    if (other === undefined) return
    this.#count--
    this.#contents.set(other.content, swarm)
    swarm.also.add(other.content)
    for (const known of other.also) {
      swarm.also.add(known)
      this.#contents.set(known, swarm)
    }
    swarm.also.delete(swarm.content)
    for (const family of other.families) swarm.families.add(family)
    for (const host of other.hosts) addHost(swarm.hosts, host)
    for (const host of other.asking) addHost(swarm.asking, host)
    for (const [via, count] of other.claims) {
      swarm.claims.set(via, (swarm.claims.get(via) ?? 0) + count)
    }
    swarm.names.push(...other.names.slice(0, NAMES_MAX - swarm.names.length))
    swarm.size ??= other.size
    swarm.files = Math.max(swarm.files, other.files)
    swarm.bytes += other.bytes
  }
}

function addHost(hosts: Set<string>, ip: string): void {
  if (hosts.size < limits.swarmHostsMax) hosts.add(ip)
}

function addName(
  swarm: Content,
  { capture, frame, via }: PacketRef & { readonly via: string },
  name: string,
  by: string,
  verified: boolean,
): void {
  const known = swarm.names.findIndex((entry) => entry.name === name)
  if (known >= 0 && (swarm.names[known]!.verified || !verified)) return
  const entry = { name, via, by, verified, capture, frame }
  if (known >= 0) swarm.names[known] = entry
  else if (swarm.names.length < NAMES_MAX) swarm.names.push(entry)
  else if (verified) swarm.names[NAMES_MAX - 1] = entry
}
