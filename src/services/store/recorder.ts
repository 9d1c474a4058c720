/** Events become rows. Nothing here waits or writes: rows go to `add`. */
import { u64beBig } from '../../core/bytes.ts'
import { communityId } from '../../core/community-id.ts'
import type { Cause, Event, Flow, FlowUpdate, Incident, Verdict } from '../../core/event.ts'
import { limits } from '../../core/limits.ts'
import { type AddRow, type Kinds, surenessRank, type Words } from './dictionaries.ts'
import { flowKey } from './keys.ts'
import { Minutes } from './minutes.ts'
import { Names } from './names.ts'
import type { Cell } from './rows.ts'
import { addSaid } from './said.ts'

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
  readonly #names: Names
  readonly #kinds: Kinds
  readonly #minutes = new Minutes()
  readonly #open = new Map<number, OpenFlow>()
  #replaced = nothingReplaced()
  /** Numbers of the incidents that go on. */
  readonly #incidents = new Map<string, number>()
  #lastIncident = 0
  /** Flows that go on and were not kept, for lack of room. */
  notKept = 0

  constructor(add: AddRow, words: Words, kinds: Kinds) {
    this.#add = add
    this.#names = new Names(add, words)
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
        return this.#add('limits', [run, event.micros, this.#names.word(event.limit), event.count])
      case 'verdict':
        this.#replaced.verdicts.set(`${run} ${event.host}`, this.#verdict(run, event))
        return
      case 'incident':
        return this.#incident(run, event)
      case 'cause':
        return this.#cause(run, event)
      default:
        return addSaid(this.#add, this.#names, run, event)
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

  forgetTexts(): void {
    this.#names.forgetTexts()
  }

  #verdict(run: number, verdict: Verdict): Cell[] {
    const { host, micros, score, sureness, families, parts, software, reasons, flows } = verdict
    return [
      run,
      this.#names.address({ ip: host }),
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
      this.#names.word(state),
      this.#names.word(family),
      this.#names.address(target),
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
      this.#names.word(hypothesis),
      this.#names.word(cause.family),
      cause.micros,
      this.#names.word(cause.verdict),
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
      this.#names.address(ends[0]),
      ends[0].port,
      this.#names.address(ends[1]),
      ends[1].port,
      flow.packets[0],
      flow.packets[1],
      flow.bytes[0],
      flow.bytes[1],
      kind,
      communityKey(communityId(flow.protoNumber, ends)),
      this.#names.capture(run, flow.capture),
      flow.frame,
      sliced,
      flow.type === 'flow' ? this.#names.word(flow.reason) : 0,
      gaps?.[0],
      gaps?.[1],
      p2p && JSON.stringify({ reasons: p2p.reasons, taughtBy: p2p.taughtBy }),
    ]
  }
}

/** `1:` and the hash in base64. */
export function communityKey(id: string | undefined): bigint | undefined {
  if (id === undefined || !/^1:[A-Za-z0-9+/]{27}=$/.test(id)) return undefined
  return u64beBig(Buffer.from(id.slice(2, 14), 'base64'), 0)
}
