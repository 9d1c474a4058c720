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
import { Evidence, type Kind, together, trust } from './evidence.ts'
import { reasonText } from './words.ts'

/** Parts that serve others; in such a flow only the called side is one. */
const SERVING = /tracker|server|cache|hub|webseed|index/

/** A host that others speak of and that was not seen to act. */
export interface Claimed extends PacketRef {
  readonly host: string
  readonly families: readonly string[]
  readonly count: number
}

interface FamilyEvidence {
  readonly kinds: Map<Kind, Evidence>
  readonly parts: Set<string>
  withdrawn: number
  withdrawal: (PacketRef & { readonly text: string }) | undefined
}

interface Host {
  readonly families: Map<string, FamilyEvidence>
  readonly software: Set<string>
  readonly bytes: [number, number]
  flows: number
  /** Observations of any kind, for choosing whom to forget. */
  seen: number
  micros: number
}

/** Software names kept per host. */
const SOFTWARE_MAX = 8
/** Reasons told per host. */
const REASONS_MAX = 16

export class Hosts {
  readonly #hosts = new Map<string, Host>()
  /** address → family → who named it */
  readonly #mentions = new Map<string, Map<string, Evidence>>()
  /** What a flow was recognised by, until the flow ends. */
  readonly #recognised = new Map<number, Recognition>()
  /** Hosts given up because there were more than `limits.hostsMax`. */
  forgotten = 0

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
        this.#add(event, event.who, 'client', name, undefined, () => `${name} (${event.family})`)
        const software = this.#hosts.get(event.who.ip)?.software
        if (software && software.size < SOFTWARE_MAX) software.add(name)
        return
      }
      case 'transfer':
        return this.#transfer(event)
      case 'threat':
        return this.#add(event, event.by, 'threat', event.threat, undefined, () => event.why)
    }
  }

  /** Every host that acted, the highest score first. */
  verdicts(): Verdict[] {
    const verdicts: Verdict[] = []
    for (const [host, record] of this.#hosts) {
      const verdict = this.#judge(host, record)
      if (verdict !== undefined) verdicts.push(verdict)
    }
    return verdicts.sort(
      (a, b) =>
        b.score - a.score ||
        b.bytes[0] + b.bytes[1] - a.bytes[0] - a.bytes[1] ||
        (a.host < b.host ? -1 : 1),
    )
  }

  /** Hosts that are only spoken of, the most often named first. */
  claimed(): Claimed[] {
    const claimed: Claimed[] = []
    for (const [host, mentions] of this.#mentions) {
      if (this.#hosts.has(host)) continue
      let count = 0
      for (const mention of mentions.values()) count += mention.count
      const { capture, frame } = mentions.values().next().value!
      claimed.push({ host, families: [...mentions.keys()].sort(), count, capture, frame })
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
      if (servedBy(part, side)) evidence.parts.add(part)
      const host = this.#hosts.get(ip)!
      host.flows++
      host.bytes[0] += flow.bytes[side]
      host.bytes[1] += flow.bytes[1 - side]!
      observe(evidence, `spoke-${sureness}`, where, () => reasons.join(', ')).add(undefined, part)
    }
  }

  #claim(event: Extract<Event, { type: 'claim' }>): void {
    const about = endpointText(event.about)
    const by = endpointText(event.by)
    this.#add(event, event.by, 'told', about, event.via, () => `, first of ${about}`)
    if (event.about.ip !== event.by.ip) {
      this.#mention(event, event.about.ip, `, first by ${by} as ${event.part}`, by, event.via)
    }
  }

  #transfer(event: Extract<Event, { type: 'transfer' }>): void {
    const what = event.name === undefined ? event.content : `“${event.name}”`
    const first = () => (what === undefined ? '' : ` ${what}`)
    for (const [who, index] of [
      [event.from, 0],
      [event.to, 1],
    ] as const) {
      this.#add(event, who, 'transfer', event.content, event.via, first)
      const evidence = this.#hosts.get(who.ip)?.families.get(event.family)?.kinds.get('transfer')
      if (evidence) evidence.bytes[index] += event.bytes
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
      this.#mention(event, who.ip, '', undefined, way)
      return
    }
    const evidence = this.#family(who.ip, event.family, event.micros)
    observe(evidence, kind, event, first).add(distinct, way)
  }

  #mention(
    event: Stamp,
    ip: string,
    first: string,
    namer: string | undefined,
    way: string | undefined,
  ): void {
    let mentions = this.#mentions.get(ip)
    if (mentions === undefined) {
      if (this.#mentions.size >= limits.hostsMax) {
        this.forgotten++
        return
      }
      mentions = new Map()
      this.#mentions.set(ip, mentions)
    }
    let mention = mentions.get(event.family)
    if (mention === undefined) {
      mention = new Evidence('named', event, first)
      mentions.set(event.family, mention)
    }
    mention.add(namer, way)
  }

  #family(ip: string, family: string, micros: number): FamilyEvidence {
    let host = this.#hosts.get(ip)
    if (host === undefined) {
      if (this.#hosts.size >= limits.hostsMax) this.#forgetLeast()
      host = {
        families: new Map(),
        software: new Set(),
        bytes: [0, 0],
        flows: 0,
        seen: 0,
        micros,
      }
      this.#hosts.set(ip, host)
    }
    host.seen++
    if (micros > host.micros) host.micros = micros
    let evidence = host.families.get(family)
    if (evidence === undefined) {
      evidence = { kinds: new Map(), parts: new Set(), withdrawn: 0, withdrawal: undefined }
      host.families.set(family, evidence)
    }
    return evidence
  }

  /** Give up the eighth of hosts that least is known of, so that this happens seldom. */
  #forgetLeast(): void {
    const least = [...this.#hosts].sort((a, b) => a[1].seen - b[1].seen)
    for (const [ip] of least.slice(0, Math.max(1, limits.hostsMax / 8))) {
      this.#hosts.delete(ip)
      this.forgotten++
    }
  }

  #judge(host: string, record: Host): Verdict | undefined {
    const reasons: VerdictReason[] = []
    const families: { name: string; score: number }[] = []
    const parts = new Set<string>()
    let sureness: Sureness = 'unsure'
    for (const [family, evidence] of record.families) {
      // Named by others, and nothing else, is not an act.
      if (evidence.kinds.size === 0) continue
      const named = this.#mentions.get(host)?.get(family)
      const seen = [...evidence.kinds.values(), ...(named ? [named] : [])]
      const whole = together(seen.map(({ contribution }) => contribution))
      const score = whole * trust(flowsOf(evidence), evidence.withdrawn)
      families.push({ name: family, score })
      for (const part of evidence.parts) parts.add(part)
      sureness = surer(sureness, evidence)
      for (const one of seen) reasons.push(reasonOf(family, one))
      const { withdrawal } = evidence
      if (withdrawal) {
        const { capture, frame, text } = withdrawal
        reasons.push({ weight: rounded(score - whole), text, capture, frame })
      }
    }
    if (families.length === 0) return undefined
    families.sort((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1))
    reasons.sort((a, b) => b.weight - a.weight || a.frame - b.frame)
    return {
      type: 'verdict',
      host,
      micros: record.micros,
      families: families.map(({ name }) => name),
      ...(parts.size > 0 && { parts: [...parts].sort() }),
      sureness,
      score: Math.round(together(families.map(({ score }) => score))),
      reasons: reasons.slice(0, REASONS_MAX),
      software: [...record.software],
      flows: record.flows,
      bytes: record.bytes,
    }
  }
}

function flowsOf(evidence: FamilyEvidence): number {
  let flows = 0
  for (const kind of ['spoke-certain', 'spoke-likely', 'spoke-unsure'] as const) {
    flows += evidence.kinds.get(kind)?.count ?? 0
  }
  return flows
}

function reasonOf(family: string, evidence: Evidence): VerdictReason {
  const { contribution, capture, frame } = evidence
  return { weight: rounded(contribution), text: reasonText(family, evidence), capture, frame }
}

function rounded(weight: number): number {
  return Math.round(weight * 10) / 10
}

/** The words of the first observation are only put together when it is the first. */
function observe(
  evidence: FamilyEvidence,
  kind: Kind,
  where: PacketRef,
  first: () => string,
): Evidence {
  let seen = evidence.kinds.get(kind)
  if (seen === undefined) {
    seen = new Evidence(kind, where, first())
    evidence.kinds.set(kind, seen)
  }
  return seen
}

/** Whether this side is what the part says: both are peers, but only the called one is a server. */
function servedBy(part: string, side: Side): boolean {
  return side === 1 || !SERVING.test(part)
}

function surer(sureness: Sureness, evidence: FamilyEvidence): Sureness {
  if (sureness === 'certain' || evidence.kinds.has('spoke-certain')) return 'certain'
  if (sureness === 'likely' || evidence.kinds.has('spoke-likely')) return 'likely'
  return 'unsure'
}
