/**
 * Steps from who told to who heard as a graph that can be drawn: layered by who was told by whom first,
 * and where there are too many addresses, put together by network.
 */
import { ip4, parseIp4 } from '../../core/address.ts'
import type { Propagation, PropagationEdge, PropagationNode, StoredRef } from '../../core/store.ts'

export interface Times extends StoredRef {
  readonly flow: string
  readonly count: number
  readonly lastMicros: number
}

/** All that one told another of an address by one channel; its frame is the first. */
export interface Step extends Times {
  readonly by: string
  readonly to: string
  readonly about: string
  readonly via: string
  readonly family: string
}

/** All calls of one to an address. */
export interface Call extends Times {
  readonly by: string
  readonly about: string
  readonly answered: boolean
  readonly family: string
}

export interface DrawOptions {
  readonly nodesMax: number
  /** What was asked for, where it is one address; it stands under the name it was asked by. */
  readonly target?: { readonly ip: string; readonly name: string }
}

type Graph = Pick<Propagation, 'nodes' | 'edges'>

interface Node {
  readonly name: string
  readonly kind: PropagationNode['kind']
  readonly hosts: Set<string>
  firstMicros: number
}

/** Longer ways are drawn shorter: what is behind stands in the last column before the targets. */
const LAYERS_MAX = 8
/** Callers that were told by nobody in sight are one node, unless they are so few. */
const CALLERS_MAX = 6
const CALLERS = 'callers'
/** Octets that are dropped, one after the other, until there are few enough. */
const NETWORKS = [24, 16, 8, 0] as const

/** @param tellings  in order of time */
export function drawn(
  tellings: readonly Step[],
  calls: readonly Call[],
  options: DrawOptions,
): Graph {
  const names = namesOf(tellings, calls, options)
  const nodes = new Map<string, Node>()
  const meet = (ip: string, micros: number, isTarget = false) => {
    const name = isTarget ? names.target(ip) : names.host(ip)
    const kind = isTarget ? 'target' : kindOf(name, ip)
    // An address may tell and be told of: as what is told of, it stands by itself.
    const id = isTarget ? `of ${name}` : name
    const node = nodes.get(id) ?? { name, kind, hosts: new Set<string>(), firstMicros: micros }
    node.hosts.add(ip)
    node.firstMicros = Math.min(node.firstMicros, micros)
    nodes.set(id, node)
    return id
  }
  const edges = new Map<string, Edge>()
  for (const step of tellings) {
    const [from, to] = [meet(step.by, step.micros), meet(step.to, step.micros)]
    meet(step.about, step.micros, true)
    join(edges, { from, to, kind: 'told', via: step.via }, step)
  }
  for (const step of calls) {
    const [from, to] = [meet(step.by, step.micros), meet(step.about, step.micros, true)]
    join(edges, { from, to, kind: 'called', via: step.answered ? 'answered' : 'unanswered' }, step)
  }
  // What networks tell within themselves shows no way.
  const shown = [...edges.values()].filter(({ way }) => way.from !== way.to).map(edgeOf)
  return { nodes: layered(nodes, shown), edges: shown }
}

function kindOf(name: string, ip: string): PropagationNode['kind'] {
  if (name === CALLERS) return 'callers'
  return name === ip ? 'host' : 'network'
}

type Way = Pick<PropagationEdge, 'from' | 'to' | 'kind' | 'via'>

interface Edge {
  readonly way: Way
  first: Step | Call
  count: number
  lastMicros: number
}

/** Several steps between the same two by the same channel are one, and its frame is the first's. */
function join(edges: Map<string, Edge>, way: Way, step: Step | Call): void {
  const key = `${way.kind} ${way.from} ${way.to} ${way.via} ${step.family}`
  const known = edges.get(key)
  if (known === undefined) {
    edges.set(key, { way, first: step, count: step.count, lastMicros: step.lastMicros })
    return
  }
  if (step.micros < known.first.micros) known.first = step
  known.count += step.count
  known.lastMicros = Math.max(known.lastMicros, step.lastMicros)
}

function edgeOf({ way, first, count, lastMicros }: Edge): PropagationEdge {
  const { run, micros, capture, frame, flow, family } = first
  return { ...way, run, micros, capture, frame, flow, family, count, lastMicros }
}

interface NodeNames {
  host(ip: string): string
  target(ip: string): string
}

/** Under which name each address stands. */
function namesOf(
  tellings: readonly Step[],
  calls: readonly Call[],
  { nodesMax, target }: DrawOptions,
): NodeNames {
  const telling = new Set(tellings.flatMap(({ by, to }) => [by, to]))
  const untold = new Set(calls.map(({ by }) => by).filter((by) => !telling.has(by)))
  const isOne = untold.size > CALLERS_MAX
  const hosts = isOne ? telling : new Set([...telling, ...untold])
  const targets = new Set([...tellings, ...calls].map(({ about }) => about))
  const room = Math.max(1, nodesMax - (target === undefined ? targets.size : 1) - Number(isOne))
  const tellers = new Set(tellings.map(({ by }) => by))
  const networks = fitting(hosts, [...tellers], room)
  return {
    host: (ip) => (isOne && untold.has(ip) ? CALLERS : (networks.get(ip) ?? ip)),
    target: (ip) => (ip === target?.ip ? target.name : ip),
  }
}

/**
 * Networks just as large as is needed; whoever is alone in his keeps his address, and so do those who
 * told first.
 * @param tellers  the earliest first
 */
function fitting(
  hosts: ReadonlySet<string>,
  tellers: readonly string[],
  room: number,
): ReadonlyMap<string, string> {
  let names = new Map<string, string>()
  if (hosts.size <= room) return names
  const kept = new Set(tellers.slice(0, Math.floor(room / 2)))
  for (const bits of NETWORKS) {
    const members = new Map<string, string[]>()
    for (const ip of hosts) {
      if (kept.has(ip)) continue
      const network = networkOf(ip, bits)
      const known = members.get(network)
      if (known === undefined) members.set(network, [ip])
      else known.push(ip)
    }
    names = new Map()
    for (const [network, ips] of members) {
      if (ips.length > 1) for (const ip of ips) names.set(ip, network)
    }
    if (members.size + kept.size <= room) return names
  }
  return names
}

/** All of IPv6 is one where IPv4 is put together. */
function networkOf(ip: string, bits: number): string {
  const bytes = parseIp4(ip)
  if (bytes === undefined) return '::/0'
  return `${ip4(bytes.fill(0, bits / 8), 0)}/${bits}`
}

function layered(
  nodes: ReadonlyMap<string, Node>,
  edges: readonly PropagationEdge[],
): PropagationNode[] {
  const layers = new Map<string, number>()
  const told = edges.filter(({ kind }) => kind === 'told').sort(inTime)
  for (const { from, to } of told) {
    const layer = layers.get(from) ?? 0
    layers.set(from, layer)
    if (!layers.has(to)) layers.set(to, Math.min(layer + 1, LAYERS_MAX))
  }
  const last = Math.max(0, ...layers.values()) + 1
  return [...nodes]
    .map(([id, { name, kind, hosts, firstMicros }]) => ({
      ...{ id, name, kind, hosts: hosts.size, firstMicros },
      layer: kind === 'target' ? last : (layers.get(id) ?? last - 1),
    }))
    .sort((a, b) => a.layer - b.layer || inTimeOf(a, b))
}

function inTime(a: PropagationEdge, b: PropagationEdge): number {
  return a.micros - b.micros || a.frame - b.frame || (a.from < b.from ? -1 : 1)
}

function inTimeOf(a: PropagationNode, b: PropagationNode): number {
  return a.firstMicros - b.firstMicros || (a.id < b.id ? -1 : 1)
}
