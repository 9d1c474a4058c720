/** What a crawl found out about an address: who told it, through which channels, and who must be its source. */
import { type Endpoint, endpointText } from '../../core/address.ts'
import type { ChannelKind } from '../../core/crawler.ts'
import type { Edge, Graph } from './graph.ts'

/** What came of one channel. */
export interface ChannelFinding {
  readonly family: string
  readonly channel: string
  readonly kind: ChannelKind
  readonly asked: number
  readonly answered: number
  /** Endpoints that told the address so. */
  readonly tellers: number
  /** `not-asked`: nobody answered, so nothing follows. */
  readonly tells: 'yes' | 'no' | 'not-asked'
}

export interface Origin {
  readonly at: Endpoint
  readonly via: string
  readonly kind: Edge['kind']
  /** Why it is held to be where the address came in. */
  readonly why: 'registered' | 'index' | 'table' | 'exchange'
  readonly frame: number
  readonly capture: string
  readonly firstMicros: number
  /** Addresses that it tells in all, and those of them that were called and did not answer. */
  readonly told: number
  readonly silent: number
}

export interface Findings {
  readonly ip: string
  readonly port?: number
  readonly channels: readonly ChannelFinding[]
  /** By time. */
  readonly told: readonly Edge[]
  readonly origins: readonly Origin[]
}

/** What a crawl knows of its channels, and of whom it called. */
export interface Asking {
  readonly channels: readonly {
    readonly family: string
    readonly channel: string
    readonly kind: ChannelKind
    readonly asked: number
    readonly answered: number
    readonly vias: readonly string[]
  }[]
  /** Whether an endpoint answered; undefined where nobody called it. */
  answers(at: Endpoint): boolean | undefined
}

/** Who registers somebody else than himself: his own word for where another is. */
const REGISTERING = /announce|publish|register/

export function findings(graph: Graph, ip: string, port: number | undefined, by: Asking): Findings {
  const told = graph.about(ip, port)
  return {
    ip,
    ...(port !== undefined && { port }),
    channels: by.channels.map(({ vias, ...channel }) => {
      const edges = told.filter(({ family, via }) => {
        return family === channel.family && vias.includes(via)
      })
      const tellers = new Set(edges.map((edge) => endpointText(edge.by))).size
      const silence = channel.answered === 0 ? 'not-asked' : 'no'
      return { ...channel, tellers, tells: tellers > 0 ? 'yes' : silence }
    }),
    told,
    origins: originsOf(graph, told, by),
  }
}

/**
 * Where the address came in, as far as asking shows. Somebody who registered it for another is the
 * source. Else an index or a table that tells it: whoever asks them knows it from there, so peers that
 * tell it too are no sources. Where peers alone tell it, they are: they know it from nobody who was asked.
 */
function originsOf(graph: Graph, told: readonly Edge[], by: Asking): Origin[] {
  const registered = told.filter(({ via, by: who, about }) => {
    return REGISTERING.test(via) && who.ip !== about.ip
  })
  if (registered.length > 0) return each(registered, 'registered', graph, by)
  const listed = told.filter(({ kind }) => kind === 'index' || kind === 'dht')
  if (listed.length === 0) {
    return each(
      told.filter(({ kind }) => kind === 'exchange'),
      'exchange',
      graph,
      by,
    )
  }
  return [
    ...each(
      listed.filter(({ kind }) => kind === 'index'),
      'index',
      graph,
      by,
    ),
    ...each(
      listed.filter(({ kind }) => kind === 'dht'),
      'table',
      graph,
      by,
    ),
  ]
}

/** One a teller, the first to say it first; of two at once, who tells more that nobody answers at. */
function each(edges: readonly Edge[], why: Origin['why'], graph: Graph, asking: Asking): Origin[] {
  const origins = new Map<string, Origin>()
  for (const { by, via, kind, frame, capture, firstMicros } of edges) {
    const key = endpointText(by)
    if (origins.has(key)) continue
    const said = new Map(graph.toldBy(by).map(({ about }) => [endpointText(about), about]))
    const silent = [...said.values()].filter((about) => asking.answers(about) === false).length
    const counts = { told: said.size, silent }
    origins.set(key, { at: by, via, kind, why, frame, capture, firstMicros, ...counts })
  }
  return [...origins.values()].sort((a, b) => {
    return b.silent / b.told - a.silent / a.told || a.firstMicros - b.firstMicros
  })
}

/** An address that is told of a content, and where nobody answered when it was called. */
export interface Silent {
  readonly at: Endpoint
  readonly tellers: number
  /** `exchange`, or `index, dht`. */
  readonly kinds: string
}

/** Those of these contents, what most tell first: who wants to know more of one asks for it. */
export function silentOf(graph: Graph, contents: readonly string[], asking: Asking): Silent[] {
  const found = new Map<string, { at: Endpoint; by: Set<string>; kinds: Set<string> }>()
  for (const { about, by, kind, content } of graph.edges) {
    if (content === undefined || !contents.includes(content)) continue
    if (asking.answers(about) !== false) continue
    const key = endpointText(about)
    const each = found.get(key) ?? { at: about, by: new Set(), kinds: new Set() }
    found.set(key, each)
    each.by.add(endpointText(by))
    each.kinds.add(kind)
  }
  return [...found.values()]
    .map(({ at, by, kinds }) => ({ at, tellers: by.size, kinds: [...kinds].sort().join(', ') }))
    .sort((a, b) => b.tellers - a.tellers)
}
