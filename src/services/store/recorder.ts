/** Events become rows. Nothing here waits or writes: rows go to `add`. */
import type { Endpoint } from '../../core/address.ts'
import { u64beBig } from '../../core/bytes.ts'
import { communityId } from '../../core/community-id.ts'
import type {
  Cause,
  Event,
  Flow,
  FlowUpdate,
  Incident,
  Json,
  Stamp,
  Verdict,
} from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { type AddRow, Keys, type Kinds, surenessRank, type Words } from './dictionaries.ts'
import { flowKey } from './keys.ts'
import { Minutes } from './minutes.ts'
import type { Cell } from './rows.ts'

/** A recognised flow that goes on. */
interface OpenFlow {
  readonly update: FlowUpdate
  readonly kind: number
}

/** Rows that take the place of an earlier one with the same key; undefined: it is gone. */
export type Replacements = Map<number | string, readonly Cell[] | undefined>

/** Tables whose rows are replaced. */
export const REPLACED = ['open_flows', 'verdicts', 'incidents', 'causes'] as const
export type Replaced = Readonly<Record<(typeof REPLACED)[number], Replacements>>

function nothingReplaced(): Replaced {
  return { open_flows: new Map(), verdicts: new Map(), incidents: new Map(), causes: new Map() }
}

export class Recorder {
  readonly #add: AddRow
  readonly #words: Words
  readonly #kinds: Kinds
  #keys = new Keys()
  readonly #minutes = new Minutes()
  readonly #open = new Map<number, OpenFlow>()
  readonly #captures = new Set<string>()
  #replaced = nothingReplaced()
  /** Numbers of the incidents that go on. */
  readonly #incidents = new Map<string, number>()
  #lastIncident = 0
  /** Flows that go on and were not kept, for lack of room. */
  notKept = 0

  constructor(add: AddRow, words: Words, kinds: Kinds) {
    this.#add = add
    this.#words = words
    this.#kinds = kinds
  }

  consume(run: number, event: Event): void {
    switch (event.type) {
      case 'flow':
        return this.#flow(run, event)
      case 'flow-update':
        return this.#update(run, event)
      case 'traffic': {
        const { micros, seconds, packets, bytes, flows } = event
        return this.#add('traffic', [run, micros, seconds, packets, bytes, flows])
      }
      case 'limit':
        return this.#add('limits', [run, event.micros, this.#word(event.limit), event.count])
      case 'verdict':
        this.#replaced.verdicts.set(`${run} ${event.host}`, this.#verdict(run, event))
        return
      case 'incident':
        return this.#incident(run, event)
      case 'cause':
        return this.#cause(run, event)
      case 'decision':
        // Told by the outputs; the store holds what was seen, not what was done about it.
        return
      default:
        return this.#said(run, event)
    }
  }

  /** How many rows take the place of others. */
  get replacing(): number {
    return REPLACED.reduce((sum, table) => sum + this.#replaced[table].size, 0)
  }

  /** They are no longer kept here. */
  takeReplaced(): Replaced {
    const replaced = this.#replaced
    this.#replaced = nothingReplaced()
    return replaced
  }

  /** Those that could not be written, unless newer ones came. */
  giveBackReplaced(older: Replaced): void {
    for (const table of REPLACED) {
      for (const [key, cells] of older[table]) {
        const newer = this.#replaced[table]
        if (!newer.has(key)) newer.set(key, cells)
      }
    }
  }

  /** What is gathered between two flushes becomes rows. */
  drain(): void {
    this.#minutes.drain(this.#add)
  }

  /** Addresses and contents may have been let go: they are written again when met again. */
  forgetTexts(): void {
    this.#keys = new Keys()
  }

  #word(text: string | undefined): number {
    return this.#words.number(text, this.#add)
  }

  #address(endpoint: Endpoint): bigint {
    return this.#keys.address(endpoint.ip, this.#add)
  }

  #content(urn: string | undefined): bigint | null {
    return this.#keys.content(urn, this.#add)
  }

  #capture(run: number, name: string): number {
    const capture = this.#word(name)
    const key = `${run} ${capture}`
    if (!this.#captures.has(key)) {
      if (this.#captures.size > limits.storeKeysMax) this.#captures.clear()
      this.#captures.add(key)
      this.#add('captures', [run, capture])
    }
    return capture
  }

  #at(run: number, event: Stamp): Cell[] {
    const { flow, micros, capture, frame, family } = event
    return [flowKey(run, flow), micros, this.#capture(run, capture), frame, this.#word(family)]
  }

  #said(run: number, event: Exclude<Event, { type: UnstampedType }>): void {
    switch (event.type) {
      case 'claim':
        return this.#add('claims', [
          ...this.#at(run, event),
          this.#address(event.by),
          event.by.port,
          this.#address(event.about),
          event.about.port,
          this.#word(event.part),
          this.#word(event.carriers),
          this.#word(event.via),
          this.#content(event.content),
          event.id,
          this.#word(event.reading),
        ])
      case 'message':
        return this.#add('messages', [
          ...this.#at(run, event),
          event.side,
          this.#word(event.log),
          this.#word(event.name),
          JSON.stringify(event.fields),
        ])
      case 'fault':
        return this.#add('faults', [
          ...this.#at(run, event),
          this.#word(event.wire),
          this.#word(event.fault),
          event.side,
          event.at,
        ])
      case 'recognition':
        if (event.withdrawn === undefined) return
        return this.#add('withdrawn', [
          ...this.#at(run, event),
          this.#word(event.part),
          this.#address(event.ends[0]),
          this.#address(event.ends[1]),
          event.withdrawn,
          JSON.stringify(event.reasons),
        ])
      case 'request':
      case 'share':
      case 'search':
      case 'transfer':
      case 'client':
      case 'threat':
        return this.#saidOfContents(run, event)
    }
  }

  #saidOfContents(run: number, event: Extract<Event, { type: ContentType }>): void {
    const at = this.#at(run, event)
    switch (event.type) {
      case 'request': {
        const { by, of, what, content, name } = event
        const ends = [this.#address(by), by.port, this.#address(of), of.port]
        return this.#add('requests', [
          ...at,
          ...ends,
          this.#word(what),
          this.#content(content),
          name,
        ])
      }
      case 'share': {
        for (const urn of event.also ?? []) this.#content(urn)
        return this.#add('shares', [
          ...at,
          this.#address(event.by),
          event.by.port,
          this.#content(event.content),
          this.#word(event.via),
          event.name,
          event.size,
          json(event.files as Json | undefined),
          json(event.also),
          event.verified === true,
        ])
      }
      case 'search': {
        const { by, via, text, content } = event
        const cells = [this.#address(by), by.port, this.#word(via), text, this.#content(content)]
        return this.#add('searches', [...at, ...cells])
      }
      case 'transfer': {
        const { from, to, content, name, bytes, via } = event
        const ends = [this.#address(from), from.port, this.#address(to), to.port]
        const cells = [this.#content(content), name, bytes, this.#word(via)]
        return this.#add('transfers', [...at, ...ends, ...cells])
      }
      case 'client': {
        const { who, software, version, id, nick, listens } = event
        const listening = listens && this.#address(listens)
        const cells = [software, version, id, nick, listening, listens?.port]
        return this.#add('clients', [...at, this.#address(who), who.port, ...cells])
      }
      case 'threat': {
        const { threat, severity, by, why, content } = event
        const what = [this.#word(threat), this.#word(severity), this.#address(by), by.port]
        return this.#add('threats', [...at, ...what, why, this.#content(content)])
      }
    }
  }

  #verdict(run: number, verdict: Verdict): Cell[] {
    const { host, micros, score, sureness, families, parts, software, reasons, flows } = verdict
    return [
      run,
      this.#keys.address(host, this.#add),
      micros,
      score,
      surenessRank(sureness),
      JSON.stringify(families),
      JSON.stringify(parts ?? []),
      JSON.stringify(software),
      JSON.stringify(reasons),
      flows,
      verdict.bytes[0],
      verdict.bytes[1],
    ]
  }

  #incident(run: number, incident: Incident): void {
    const { state, family, target, startMicros, targetShare, partOf } = incident
    const { hours, contents, software } = incident
    const name = `${run} ${family} ${target.ip} ${target.port} ${startMicros}`
    const number = this.#incidents.get(name) ?? ++this.#lastIncident
    if (state === 'open') this.#incidents.set(name, number)
    else this.#incidents.delete(name)
    this.#replaced.incidents.set(`${run} ${number}`, [
      run,
      number,
      incident.micros,
      this.#word(state),
      this.#word(family),
      this.#address(target),
      target.port,
      startMicros,
      incident.endMicros,
      incident.peak,
      incident.sources,
      incident.counting === 'estimate',
      JSON.stringify({ targetShare, partOf, hours, contents, software }),
    ])
  }

  #cause(run: number, cause: Cause): void {
    const { subject, hypothesis, controls, p, text } = cause
    this.#replaced.causes.set(`${run} ${hypothesis} ${subject}`, [
      run,
      subject,
      this.#word(hypothesis),
      this.#word(cause.family),
      cause.micros,
      this.#word(cause.verdict),
      cause.tested,
      cause.hits,
      JSON.stringify({ controls, p, text }),
    ])
  }

  #update(run: number, update: FlowUpdate): void {
    const key = flowKey(run, update.flow)
    const before = this.#open.get(key)
    if (before === undefined && this.#open.size >= limits.storeFlowsMax) {
      this.notKept++
      return
    }
    const kind = this.#kinds.number(update.p2p, this.#add)
    this.#slice(run, key, before, update, kind)
    this.#open.set(key, { update, kind })
    this.#replaced.open_flows.set(key, this.#cells(run, update, kind, true))
  }

  #flow(run: number, flow: Flow): void {
    const key = flowKey(run, flow.flow)
    const before = this.#open.get(key)
    const kind = this.#kinds.number(flow.p2p, this.#add)
    const sliced = before !== undefined && kind !== 0
    this.#slice(run, sliced ? key : undefined, before, flow, kind)
    if (before !== undefined) {
      this.#open.delete(key)
      this.#replaced.open_flows.set(key, undefined)
    }
    this.#add('flows', this.#cells(run, flow, kind, sliced))
  }

  /** What moved since `before`, into the minutes and, where the flow is told of by slices, there. */
  #slice(
    run: number,
    key: number | undefined,
    before: OpenFlow | undefined,
    now: Flow | FlowUpdate,
    kind: number,
  ): void {
    const account = { run, kind, proto: now.protoNumber }
    if (before === undefined || before.kind !== kind) {
      this.#minutes.count(account, now.startMicros, 1)
      if (before) this.#minutes.count({ ...account, kind: before.kind }, now.startMicros, -1)
    }
    const up = now.bytes[0] - (before?.update.bytes[0] ?? 0)
    const down = now.bytes[1] - (before?.update.bytes[1] ?? 0)
    const from = before?.update.endMicros ?? now.startMicros
    this.#minutes.spread(account, from, now.endMicros, up + down)
    const isTold = key !== undefined && (before !== undefined || now.type === 'flow-update')
    if (isTold && up + down > 0) this.#add('slices', [key, now.endMicros, up, down])
  }

  #cells(run: number, flow: Flow | FlowUpdate, kind: number, sliced: boolean): Cell[] {
    const { ends, p2p } = { p2p: undefined, ...flow }
    const gaps = flow.type === 'flow' ? flow.gapBytes : undefined
    return [
      flowKey(run, flow.flow),
      flow.startMicros,
      flow.endMicros,
      flow.protoNumber,
      this.#address(ends[0]),
      ends[0].port,
      this.#address(ends[1]),
      ends[1].port,
      flow.packets[0],
      flow.packets[1],
      flow.bytes[0],
      flow.bytes[1],
      kind,
      communityKey(communityId(flow.protoNumber, ends)),
      this.#capture(run, flow.capture),
      flow.frame,
      sliced,
      flow.type === 'flow' ? this.#word(flow.reason) : 0,
      gaps?.[0],
      gaps?.[1],
      p2p && JSON.stringify({ reasons: p2p.reasons, taughtBy: p2p.taughtBy }),
    ]
  }
}

type UnstampedType =
  | 'cause'
  | 'decision'
  | 'incident'
  | 'flow'
  | 'flow-update'
  | 'traffic'
  | 'limit'
  | 'verdict'
type ContentType = 'request' | 'share' | 'search' | 'transfer' | 'client' | 'threat'

function json(value: Json | undefined): string | undefined {
  return value === undefined ? undefined : JSON.stringify(value)
}

/** `1:` and the hash in base64. */
export function communityKey(id: string | undefined): bigint | undefined {
  if (id === undefined || !/^1:[A-Za-z0-9+/]{27}=$/.test(id)) return undefined
  return u64beBig(Buffer.from(id.slice(2, 14), 'base64'), 0)
}
