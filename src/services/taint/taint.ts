/**
 * What a suspect was told, whom it called, and what of it it passed on: out of what ordinary sessions
 * read on the wire around it, and nothing else.
 */
import { type Endpoint, endpointText } from '../../core/address.ts'
import type { Claim, Event } from '../../core/event.ts'
import { type FedChannel, MARK_GROUPS, type MarkGroup } from '../../core/taint.ts'
import { type ReadMark, readMark } from './marks.ts'

/** Addresses that nobody fed are kept up to so many; the others are counted. */
const STRANGE_MAX = 64

export interface TaintOptions {
  /** Its address. */
  readonly suspect: string
  readonly fed: readonly FedChannel[]
  /** The ways of telling that are looked for. */
  readonly told: readonly string[]
  /** Marks of one channel and group. */
  readonly count: number
  /** Addresses of those around it that are no marks. */
  readonly known: ReadonlySet<string>
}

/** One channel and group of marks. */
export interface FedRow {
  readonly channel: string
  readonly group: MarkGroup
  readonly marks: number
  /** Of which it was told: by this way, as far as the wire shows. */
  readonly fed: number
  /** Which it called, and those whose octets it called in another order. */
  readonly called: number
  readonly calledWrongly: Readonly<Record<string, number>>
}

/** Marks of one channel and group that it passed on by one way, as they stood. */
export interface ToldRow {
  readonly channel: string
  readonly group: MarkGroup
  readonly via: string
  readonly order: string
  readonly port: ReadMark['port']
  /** Different ones. */
  readonly marks: number
  /** Between being told and telling, of the quickest and of the slowest. */
  readonly seconds: readonly [number, number]
}

export type Dissemination = 'full' | 'partial' | 'handshake-only' | 'none'

/** What of one channel goes on by one way. */
export interface ClassRow {
  readonly channel: string
  readonly via: string
  /** `unfed`: it was told nothing by that channel. `mute`: it told nobody anything that way. */
  readonly passes: Dissemination | 'unfed' | 'mute'
}

export interface TaintResult {
  /** What it calls itself. */
  readonly software: string | undefined
  readonly fed: readonly FedRow[]
  readonly told: readonly ToldRow[]
  readonly classes: readonly ClassRow[]
  /** What it told of addresses that nobody fed it, and that are nobody here. */
  readonly strange: readonly { readonly via: string; readonly about: string }[]
  readonly strangeCount: number
}

interface Cell {
  readonly fed: Map<number, number>
  readonly called: Set<number>
  readonly calledWrongly: Map<string, Set<number>>
}

interface Telling {
  readonly channel: number
  readonly group: number
  readonly via: string
  readonly order: string
  readonly port: ReadMark['port']
  /** Number of the mark → when it was told first. */
  readonly marks: Map<number, number>
}

export class Taint {
  readonly #options: TaintOptions
  readonly #cells = new Map<string, Cell>()
  readonly #tellings = new Map<string, Telling>()
  /** Ways by which it told anything of others. */
  readonly #ways = new Set<string>()
  readonly #strange = new Map<string, { via: string; about: string }>()
  #strangeCount = 0
  #software: string | undefined

  constructor(options: TaintOptions) {
    this.#options = options
    options.fed.forEach(({ groups }, channel) => {
      for (const group of groups) {
        const cell = { fed: new Map(), called: new Set<number>(), calledWrongly: new Map() }
        this.#cells.set(`${channel} ${MARK_GROUPS.indexOf(group)}`, cell)
      }
    })
  }

  consume(event: Event): void {
    const { suspect } = this.#options
    if (event.type === 'claim') {
      if (event.by.ip === suspect) this.#told(event)
      else if (event.ends.some(({ ip }) => ip === suspect)) this.#fed(event)
    } else if (event.type === 'flow') {
      const isCall = event.proto === 'TCP' || event.proto === 'UDP'
      if (isCall && event.ends[0].ip === suspect) this.#called(event.ends[1])
    } else if (event.type === 'client' && event.who.ip === suspect && event.software) {
      const { software, version, carrier } = event
      // A node of a DHT names a library; a peer, the program.
      if (this.#software !== undefined && carrier === 'udp') return
      this.#software = version === undefined ? software : `${software} ${version}`
    }
  }

  #mark(at: Endpoint): { mark: ReadMark; cell: Cell } | undefined {
    const mark = readMark(at)
    const cell = mark && this.#cells.get(`${mark.channel} ${mark.group}`)
    return cell === undefined || mark!.number >= this.#options.count
      ? undefined
      : { mark: mark!, cell }
  }

  #fed({ about, via, micros }: Claim): void {
    const found = this.#mark(about)
    // By another way than its own a mark would not say how it came.
    if (found === undefined || this.#options.fed[found.mark.channel]?.name !== via) return
    const { mark, cell } = found
    if (!cell.fed.has(mark.number)) cell.fed.set(mark.number, micros)
  }

  #called(at: Endpoint): void {
    const found = this.#mark(at)
    if (found === undefined) return
    const { mark, cell } = found
    if (mark.order === 'identity' && mark.port === 'same') cell.called.add(mark.number)
    else {
      const how = mark.port === 'same' ? mark.order : `${mark.order}, port ${mark.port}`
      const wrong = cell.calledWrongly.get(how) ?? new Set<number>()
      cell.calledWrongly.set(how, wrong.add(mark.number))
    }
  }

  #told({ about, via, micros, ends, reading }: Claim): void {
    const { suspect, known, told } = this.#options
    // Where it is itself, it may say.
    if (about.ip === suspect || !told.includes(via) || reading === 'reversed') return
    this.#ways.add(via)
    const found = this.#mark(about)
    if (found === undefined) {
      if (!known.has(about.ip)) this.#stray(via, about)
      return
    }
    // Who is told of himself learns nothing.
    if (ends.some(({ ip }) => ip === about.ip)) return
    const { channel, group, number, order, port } = found.mark
    const key = [channel, group, via, order, port].join()
    const telling = this.#tellings.get(key) ?? {
      ...{ channel, group, via, order, port },
      marks: new Map(),
    }
    this.#tellings.set(key, telling)
    if (!telling.marks.has(number)) telling.marks.set(number, micros)
  }

  #stray(via: string, about: Endpoint): void {
    this.#strangeCount++
    const text = endpointText(about)
    if (this.#strange.size < STRANGE_MAX) this.#strange.set(`${via} ${text}`, { via, about: text })
  }

  result(): TaintResult {
    const told = [...this.#tellings.values()].map((telling) => this.#toldRow(telling))
    return {
      software: this.#software,
      fed: this.#fedRows(),
      told: told.sort((a, b) => keyOf(a) - keyOf(b) || b.marks - a.marks),
      classes: this.#classes(),
      strange: [...this.#strange.values()],
      strangeCount: this.#strangeCount,
    }
  }

  #fedRows(): FedRow[] {
    const { fed, count } = this.#options
    return fed.flatMap(({ name, groups }, channel) =>
      groups.map((group) => {
        const cell = this.#cell(channel, group)
        const wrongly = [...cell.calledWrongly].map(([how, marks]) => [how, marks.size] as const)
        return {
          channel: name,
          group,
          marks: count,
          fed: cell.fed.size,
          called: cell.called.size,
          calledWrongly: Object.fromEntries(wrongly),
        }
      }),
    )
  }

  #cell(channel: number, group: MarkGroup): Cell {
    return this.#cells.get(`${channel} ${MARK_GROUPS.indexOf(group)}`)!
  }

  #toldRow({ channel, group, via, order, port, marks }: Telling): ToldRow {
    const name = MARK_GROUPS[group]!
    const { fed } = this.#cell(channel, name)
    const waits = [...marks].flatMap(([number, micros]) => {
      const since = fed.get(number)
      return since === undefined ? [] : [Math.round((micros - since) / 1e5) / 10]
    })
    return {
      channel: this.#options.fed[channel]!.name,
      group: name,
      ...{ via, order, port },
      marks: marks.size,
      seconds: waits.length === 0 ? [0, 0] : [Math.min(...waits), Math.max(...waits)],
    }
  }

  #classes(): ClassRow[] {
    const { fed, told } = this.#options
    return fed.flatMap(({ name, groups }, channel) =>
      told.map((via) => ({ channel: name, via, passes: this.#classOf(channel, groups, via) })),
    )
  }

  #classOf(channel: number, groups: readonly MarkGroup[], via: string): ClassRow['passes'] {
    if (groups.every((group) => this.#cell(channel, group).fed.size === 0)) return 'unfed'
    if (!this.#ways.has(via)) return 'mute'
    const passed = new Set<MarkGroup>()
    for (const telling of this.#tellings.values()) {
      const isIt = telling.channel === channel && telling.via === via
      if (isIt) passed.add(MARK_GROUPS[telling.group]!)
    }
    if (passed.has('silent')) return 'full'
    if (passed.has('answering')) return 'partial'
    return passed.has('peer') ? 'handshake-only' : 'none'
  }
}

/** Sorted as the channels were fed. */
function keyOf({ group }: ToldRow): number {
  return MARK_GROUPS.indexOf(group)
}
