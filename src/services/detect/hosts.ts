/**
 * Who takes part, how sure that is, and why: evidence per host out of the events of a run.
 *
 * Only a host that was seen to act is judged: it sent bytes of a recognised flow. One that others
 * merely name is listed as claimed, however often; whoever can be lied about must not be convicted
 * by it. The method is in README.md.
 */
import { type Endpoint, endpointText } from '../../core/address.ts'
import type {
  Event,
  Flow,
  PacketRef,
  Recognition,
  Side,
  Stamp,
  Sureness,
  Verdict,
  VerdictReason,
} from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { Evidence, Few, type Kind, together } from './evidence.ts'
import {
  acted,
  type FamilyEvidence,
  type Host,
  observe,
  reasonOf,
  rounded,
  surer,
  trustIn,
} from './record.ts'

/** Parts that serve others; in such a flow only the called side is one. */
const SERVING = /tracker|server|cache|hub|webseed|index/

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
  readonly #mentions = new Map<string, Evidence[]>()
  /** What a flow was recognised by, until the flow ends. */
  readonly #recognised = new Map<number, Recognition>()
  /** Hosts given up because there were more than `limits.hostsMax`. */
  forgotten = 0
  readonly #hostsMax: number

  constructor(hostsMax: number = limits.hostsMax) {
    this.#hostsMax = hostsMax
  }

  consume(event: Event): void {
    switch (event.type) {
      case 'recognition':
        return this.#recognition(event)
      case 'flow':
        return event.p2p ? this.#flow(event) : undefined
      case 'claim':
        return this.#claim(event)
      case 'request':
        return this.#add(event, event.by, 'request', event.content, event.what, () =>
          event.content === undefined ? '' : `, first ${event.content}`,
        )
      case 'share':
        return this.#add(event, event.by, 'share', event.content, event.via, () =>
          event.name === undefined ? `, first ${event.content}` : `, first “${event.name}”`,
        )
      case 'search':
        return this.#add(event, event.by, 'search', event.text ?? event.content, event.via, () =>
          event.text === undefined ? '' : `, first for “${event.text}”`,
        )
      case 'client': {
        const name = [event.software, event.version].filter(Boolean).join(' ')
        if (name === '') return
        this.#add(event, event.who, 'client', name, undefined, () => ` (${event.family})`)
        this.#hosts.get(event.who.ip)?.software.add(name, SOFTWARE_MAX)
        return
      }
      case 'transfer':
        return this.#transfer(event)
      case 'threat':
        return this.#add(event, event.by, 'threat', event.threat, undefined, () => event.why)
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
          b.record.bytes[0] + b.record.bytes[1] - a.record.bytes[0] - a.record.bytes[1] ||
          (a.host < b.host ? -1 : 1),
      )
      .slice(0, max)
      .map(({ host, record, score }) => this.#verdict(host, record, score))
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
    for (const [host, mentions] of this.#mentions) {
      if (this.#hosts.has(host)) continue
      let count = 0
      for (const mention of mentions) count += mention.count
      const { capture, frame } = mentions[0]!
      const families = mentions.map(({ family }) => family).sort()
      claimed.push({ host, families, count, capture, frame })
    }
    return claimed.sort((a, b) => b.count - a.count || (a.host < b.host ? -1 : 1))
  }

  #recognition(event: Recognition): void {
    if (event.withdrawn === undefined) {
      this.#recognised.set(event.flow, event)
      if (this.#recognised.size > limits.sessionsMax) {
        this.#recognised.delete(this.#recognised.keys().next().value!)
      }
      return
    }
    const first = this.#recognised.get(event.flow) ?? event
    this.#recognised.delete(event.flow)
    for (const side of [0, 1] as const) {
      const evidence = this.#family(event.ends[side].ip, event.family, event.micros)
      evidence.withdrawn++
      evidence.withdrawal ??= {
        capture: first.capture,
        frame: first.frame,
        text: `against it: what looked like ${event.family} (${first.reasons[0] ?? event.part}) was taken back, ${event.withdrawn}`,
      }
    }
  }

  #flow(flow: Flow): void {
    const { family, part, sureness, reasons } = flow.p2p!
    const where = this.#recognised.get(flow.flow) ?? flow
    this.#recognised.delete(flow.flow)
    for (const side of [0, 1] as const) {
      if (flow.payloadBytes[side] === 0) continue
      const { ip } = flow.ends[side]
      const evidence = this.#family(ip, family, flow.endMicros)
      if (servedBy(part, side)) evidence.parts.add(part, PARTS_MAX)
      const host = this.#hosts.get(ip)!
      host.flows++
      host.bytes[0] += flow.bytes[side]
      host.bytes[1] += flow.bytes[1 - side]!
      observe(evidence, `spoke-${sureness}`, where, () => reasons.join(', ')).add(undefined, part)
    }
  }

  #claim(event: Extract<Event, { type: 'claim' }>): void {
    const { about, by } = event
    this.#add(event, by, 'told', about.ip, event.via, () => `, first of ${endpointText(about)}`)
    if (about.ip === by.ip) return
    const first = () => `, first by ${endpointText(by)} as ${event.part}`
    this.#mention(event, about.ip, first, by.ip, event.via)
  }

  #transfer(event: Extract<Event, { type: 'transfer' }>): void {
    const what = event.name === undefined ? event.content : `“${event.name}”`
    const first = () => (what === undefined ? '' : ` ${what}`)
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
    first: () => string,
  ): void {
    if (who.ip !== event.ends[0].ip && who.ip !== event.ends[1].ip) {
      this.#mention(event, who.ip, () => '', undefined, way)
      return
    }
    const evidence = this.#family(who.ip, event.family, event.micros)
    observe(evidence, kind, event, first).add(distinct, way)
  }

  #mention(
    event: Stamp,
    ip: string,
    first: () => string,
    namer: string | undefined,
    way: string | undefined,
  ): void {
    let mentions = this.#mentions.get(ip)
    if (mentions === undefined) {
      if (this.#mentions.size >= this.#hostsMax) {
        this.forgotten++
        return
      }
      mentions = []
      this.#mentions.set(ip, mentions)
    }
    let mention = mentions.find(({ family }) => family === event.family)
    if (mention === undefined) {
      mention = new Evidence(event.family, 'named', event, first())
      mentions.push(mention)
    }
    mention.add(namer, way)
  }

  #family(ip: string, family: string, micros: number): FamilyEvidence {
    let host = this.#hosts.get(ip)
    if (host === undefined) {
      if (this.#hosts.size >= this.#hostsMax) this.#forgetLeast()
      host = {
        families: [],
        software: new Few(),
        bytes: [0, 0],
        flows: 0,
        seen: 0,
        micros,
      }
      this.#hosts.set(ip, host)
    }
    host.seen++
    if (micros > host.micros) host.micros = micros
    let evidence = host.families.find((one) => one.family === family)
    if (evidence === undefined) {
      evidence = { family, kinds: [], parts: new Few(), withdrawn: 0, withdrawal: undefined }
      host.families.push(evidence)
    }
    return evidence
  }

  /** Give up the eighth of hosts that least is known of, so that this happens seldom. */
  #forgetLeast(): void {
    const least = [...this.#hosts].sort((a, b) => a[1].seen - b[1].seen)
    for (const [ip] of least.slice(0, Math.max(1, this.#hostsMax / 8))) {
      this.#hosts.delete(ip)
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
    const named = this.#mentions.get(host)?.find((mention) => mention.family === family)
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
      for (const part of evidence.parts.texts) parts.add(part)
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
      software: record.software.texts,
      flows: record.flows,
      bytes: record.bytes,
    }
  }
}

/** Whether this side is what the part says: both are peers, but only the called one is a server. */
function servedBy(part: string, side: Side): boolean {
  return side === 1 || !SERVING.test(part)
}
