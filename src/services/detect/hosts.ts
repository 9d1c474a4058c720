/**
 * Who takes part, how sure that is, and why: evidence per host out of the events of a run.
 *
 * Only a host that was seen to act is judged: it sent bytes of a recognised flow. One that others
 * merely name is listed as claimed, however often; whoever can be lied about must not be convicted
 * by it. The method is in README.md.
 */
import type { Endpoint } from '../../core/address.ts'
import type {
  Event,
  Flow,
  FlowUpdate,
  PacketRef,
  Recognition,
  Stamp,
  Sureness,
  Verdict,
  VerdictReason,
} from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { added, Evidence, type First, type Kind, textsOf, together } from './evidence.ts'
import { OpenFlows } from './open-flows.ts'
import { programsIn, withOneMu } from './programs.ts'
import {
  acted,
  type FamilyEvidence,
  type Host,
  MISDIRECTING,
  observe,
  reasonOf,
  retract,
  rounded,
  servedBy,
  surer,
  trustIn,
} from './record.ts'

const SPOKE = {
  certain: 'spoke-certain',
  likely: 'spoke-likely',
  unsure: 'spoke-unsure',
} as const satisfies Record<Sureness, Kind>

/** A host that others speak of and that was not seen to act. */
export interface Claimed extends PacketRef {
  readonly host: string
  readonly families: readonly string[]
  readonly count: number
}

/** Software names kept per host. */
const SOFTWARE_MAX = 8
/** Parts kept per host and family. */
const PARTS_MAX = 16
/** Reasons told per host. */
const REASONS_MAX = 16

export class Hosts {
  readonly #hosts = new Map<string, Host>()
  /** address → who named it, per family */
  readonly #mentions = new Map<string, Evidence>()
  readonly #open = new OpenFlows()
  /** Hosts given up because there were more than `limits.hostsMax`. */
  forgotten = 0
  /** Hosts of which something was seen since `changed` was asked; undefined until it is. */
  #changed: Set<string> | undefined
  readonly #hostsMax: number
  readonly #neighbours: ReadonlySet<string>

  /** @param neighbours  families that are held against nobody */
  constructor(hostsMax: number = limits.hostsMax, neighbours: ReadonlySet<string> = new Set()) {
    this.#hostsMax = hostsMax
    this.#neighbours = neighbours
  }

  consume(event: Event): void {
    if ('family' in event && this.#neighbours.has(event.family)) return
    switch (event.type) {
      case 'recognition':
        return this.#recognition(event)
      case 'flow':
      case 'flow-update':
        return event.p2p && !event.p2p.neighbour ? this.#flow(event) : undefined
      case 'claim':
        return this.#claim(event)
      case 'request':
        return this.#add(
          event,
          event.by,
          'request',
          event.content ?? event.name,
          event.what,
          event.name === undefined ? event.content : `“${event.name}”`,
        )
      case 'share':
        return this.#add(
          event,
          event.by,
          'share',
          event.content,
          event.via,
          event.name === undefined ? event.content : `“${event.name}”`,
        )
      case 'search':
        return this.#add(
          event,
          event.by,
          'search',
          event.text ?? event.content,
          event.via,
          event.text === undefined ? undefined : `“${event.text}”`,
        )
      case 'client': {
        const name = withOneMu([event.software, event.version].filter(Boolean).join(' '))
        if (name === '') return
        this.#add(event, event.who, 'client', name, undefined, undefined)
        const host = this.#hosts.get(event.who.ip)
        if (host) host.software = added(host.software, name, SOFTWARE_MAX)
        return
      }
      case 'transfer':
        return this.#transfer(event)
      case 'threat':
        if (MISDIRECTING.has(event.threat)) this.#spare(event)
        return this.#add(event, event.by, 'threat', event.threat, undefined, event.why)
    }
  }

  /** Hosts that acted. */
  get count(): number {
    let count = 0
    for (const record of this.#hosts.values()) if (acted(record)) count++
    return count
  }

  /**
   * Hosts that acted, the highest score first.
   * @param max  words are only put together for so many
   */
  verdicts(max = Number.POSITIVE_INFINITY): Verdict[] {
    const ranked: { host: string; record: Host; score: number }[] = []
    for (const [host, record] of this.#hosts) {
      if (acted(record)) ranked.push({ host, record, score: this.#score(host, record) })
    }
    return ranked
      .sort(
        (a, b) =>
          b.score - a.score ||
          b.record.sent + b.record.received - a.record.sent - a.record.received ||
          (a.host < b.host ? -1 : 1),
      )
      .slice(0, max)
      .map(({ host, record, score }) => this.#verdict(host, record, score))
  }

  /** Verdicts of those of which something was seen since they were told, `max` in one go. */
  changed(max = Number.POSITIVE_INFINITY): Verdict[] {
    this.#changed ??= new Set(this.#hosts.keys())
    const verdicts: Verdict[] = []
    for (const host of this.#changed) {
      this.#changed.delete(host)
      const record = this.#hosts.get(host)
      if (record === undefined || !acted(record)) continue
      if (verdicts.push(this.#verdict(host, record, this.#score(host, record))) >= max) break
    }
    return verdicts
  }

  /** Hosts that are only spoken of. */
  get claimedCount(): number {
    let count = 0
    for (const host of this.#mentions.keys()) if (!this.#hosts.has(host)) count++
    return count
  }

  /** Hosts that are only spoken of, the most often named first. */
  claimed(): Claimed[] {
    const claimed: Claimed[] = []
    for (const [host, first] of this.#mentions) {
      if (this.#hosts.has(host)) continue
      const { capture, frame } = first
      const families: string[] = []
      let count = 0
      for (let mention: Evidence | undefined = first; mention; mention = mention.next) {
        families.push(mention.family)
        count += mention.count
      }
      claimed.push({ host, families: families.sort(), count, capture, frame })
    }
    return claimed.sort((a, b) => b.count - a.count || (a.host < b.host ? -1 : 1))
  }

  #recognition(event: Recognition): void {
    const open = this.#open
    if (event.withdrawn === undefined) return open.recognise(event)
    const first = open.recognition(event.flow) ?? event
    for (const side of [0, 1] as const) {
      const evidence = this.#family(event.ends[side].ip, event.family, event.micros)
      const counted = open.counted(event.flow, side)
      if (counted !== undefined) retract(evidence, SPOKE[counted.p2p.sureness])
      evidence.withdrawn++
      evidence.withdrawal ??= {
        capture: first.capture,
        frame: first.frame,
        text: `against it: what looked like ${event.family} (${first.reasons[0] ?? event.part}) was taken back, ${event.withdrawn}`,
      }
    }
    open.end(event)
  }

  /** Whoever answers one that was sent to him by others does not take part by that. */
  #spare(event: Extract<Event, { type: 'threat' }>): void {
    const { flow, ends, by, family, micros } = event
    const side = by.ip === ends[0].ip && by.port === ends[0].port ? 1 : 0
    const counted = this.#open.counted(flow, side)
    if (counted !== undefined) {
      retract(this.#family(ends[side].ip, family, micros), SPOKE[counted.p2p.sureness])
    }
    this.#open.spare(flow, side)
  }

  /** A flow that goes on counts from when it is first said; after that, what came on top. */
  #flow(flow: Flow | FlowUpdate): void {
    const { family, part, sureness, reasons } = flow.p2p!
    const where = this.#open.recognition(flow.flow) ?? flow
    for (const side of [0, 1] as const) {
      if (flow.payloadBytes[side] === 0 || side === this.#open.victim(flow.flow)) continue
      const { ip } = flow.ends[side]
      const evidence = this.#family(ip, family, flow.endMicros)
      if (servedBy(part, side)) evidence.parts = added(evidence.parts, part, PARTS_MAX)
      const host = this.#hosts.get(ip)!
      const other = side === 0 ? 1 : 0
      const counted = this.#open.counted(flow.flow, side)
      host.sent += flow.bytes[side] - (counted?.bytes[side] ?? 0)
      host.received += flow.bytes[other] - (counted?.bytes[other] ?? 0)
      if (counted?.p2p.sureness === sureness) continue
      if (counted === undefined) host.flows++
      else retract(evidence, SPOKE[counted.p2p.sureness])
      observe(evidence, SPOKE[sureness], where, reasons).add(undefined, part)
    }
    if (flow.type === 'flow') this.#open.end(flow)
    else this.#open.count(flow)
  }

  #claim(event: Extract<Event, { type: 'claim' }>): void {
    const { about, by } = event
    this.#add(event, by, 'told', about.ip, event.via, about)
    if (about.ip === by.ip) return
    this.#mention(event, about.ip, by, event.part, by.ip, event.via)
  }

  #transfer(event: Extract<Event, { type: 'transfer' }>): void {
    const first = event.name === undefined ? event.content : `“${event.name}”`
    for (const [who, index] of [
      [event.from, 0],
      [event.to, 1],
    ] as const) {
      this.#add(event, who, 'transfer', event.content, event.via, first)
      const evidence = this.#hosts
        .get(who.ip)
        ?.families.find(({ family }) => family === event.family)
        ?.kinds.find(({ kind }) => kind === 'transfer')
      if (evidence && index === 0) evidence.sent += event.bytes
      else if (evidence) evidence.received += event.bytes
    }
  }

  /** An observation of `who`: an act if it is an end of the flow, else only a mention. */
  #add(
    event: Stamp,
    who: Endpoint,
    kind: Kind,
    distinct: string | undefined,
    way: string | undefined,
    first: First,
  ): void {
    if (who.ip !== event.ends[0].ip && who.ip !== event.ends[1].ip) {
      this.#mention(event, who.ip, undefined, undefined, undefined, way)
      return
    }
    const evidence = this.#family(who.ip, event.family, event.micros)
    observe(evidence, kind, event, first).add(distinct, way)
  }

  #mention(
    event: Stamp,
    ip: string,
    by: Endpoint | undefined,
    as: string | undefined,
    namer: string | undefined,
    way: string | undefined,
  ): void {
    let mention = this.#mentions.get(ip)
    if (mention === undefined) {
      if (this.#mentions.size >= this.#hostsMax) this.#forgetLeast(this.#mentions, countOf)
      mention = new Evidence(event.family, 'named', event, by, as)
      this.#mentions.set(ip, mention)
    } else {
      while (mention.family !== event.family) {
        mention.next ??= new Evidence(event.family, 'named', event, by, as)
        mention = mention.next
      }
    }
    mention.add(namer, way)
    if (this.#hosts.has(ip)) this.#changed?.add(ip)
  }

  #family(ip: string, family: string, micros: number): FamilyEvidence {
    let host = this.#hosts.get(ip)
    if (host === undefined) {
      if (this.#hosts.size >= this.#hostsMax) this.#forgetLeast(this.#hosts, seenOf)
      const counts = { sent: 0, received: 0, flows: 0, seen: 0 }
      host = { families: [], software: undefined, ...counts, micros }
      this.#hosts.set(ip, host)
    }
    host.seen++
    this.#changed?.add(ip)
    if (micros > host.micros) host.micros = micros
    for (const known of host.families) if (known.family === family) return known
    const evidence = { family, kinds: [], parts: undefined, withdrawn: 0, withdrawal: undefined }
    host.families.push(evidence)
    return evidence
  }

  /** Give up the eighth that least is known of, the oldest first, so that this happens seldom. */
  #forgetLeast<Known>(all: Map<string, Known>, observations: (known: Known) => number): void {
    const least = [...all].sort((a, b) => observations(a[1]) - observations(b[1]))
    for (const [ip] of least.slice(0, Math.max(1, this.#hostsMax / 8))) {
      all.delete(ip)
      this.forgotten++
    }
  }

  #score(host: string, record: Host): number {
    const scores = record.families.map((evidence) => this.#familyScore(host, evidence))
    return Math.round(together(scores))
  }

  #familyScore(host: string, evidence: FamilyEvidence): number {
    if (evidence.kinds.length === 0) return 0
    return together(this.#all(host, evidence)) * trustIn(evidence)
  }

  /** What was seen of the host, and what others said. */
  #all(host: string, { family, kinds }: FamilyEvidence): readonly Evidence[] {
    let named = this.#mentions.get(host)
    while (named && named.family !== family) named = named.next
    return named ? [...kinds, named] : kinds
  }

  #verdict(host: string, record: Host, score: number): Verdict {
    const reasons: VerdictReason[] = []
    const families: { name: string; score: number }[] = []
    const parts = new Set<string>()
    let sureness: Sureness = 'unsure'
    for (const evidence of record.families) {
      if (evidence.kinds.length === 0) continue
      families.push({ name: evidence.family, score: this.#familyScore(host, evidence) })
      for (const part of textsOf(evidence.parts)) parts.add(part)
      sureness = surer(sureness, evidence)
      const all = this.#all(host, evidence)
      for (const one of all) reasons.push(reasonOf(one))
      const { withdrawal } = evidence
      if (withdrawal) {
        const { capture, frame, text } = withdrawal
        const weight = rounded(together(all) * (trustIn(evidence) - 1))
        reasons.push({ weight, text, capture, frame })
      }
    }
    families.sort((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1))
    reasons.sort((a, b) => b.weight - a.weight || a.frame - b.frame)
    return {
      type: 'verdict',
      host,
      micros: record.micros,
      families: families.map(({ name }) => name),
      ...(parts.size > 0 && { parts: [...parts].sort() }),
      sureness,
      score,
      reasons: reasons.slice(0, REASONS_MAX),
      software: programsIn(textsOf(record.software)),
      flows: record.flows,
      bytes: [record.sent, record.received],
    }
  }
}

function seenOf({ seen }: Host): number {
  return seen
}

function countOf({ count }: Evidence): number {
  return count
}
