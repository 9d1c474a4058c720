/** The command that asks others who told of an address, whole or not at all. Pure. */
import { endpointText, unroutable } from '../../../../core/address.ts'
import type { FlowRow, IncidentRow, Propagation, PropagationEdge } from '../../../../core/store.ts'
import type { Asked } from '../../api.ts'
import { ipOf } from '../charts/ways-graph.tsx'

const TELLERS_MAX = 3
/** What a shell takes as it is. */
const PLAIN = /^[\w:.[\]@]{1,200}$/

/** The first tellings of those whom nobody told, where they can be asked; one of each teller. */
export function askable(
  { edges, nodes }: Propagation,
  asks: (family: string) => readonly Asked[],
): PropagationEdge[] {
  const origins = new Set(
    nodes.flatMap(({ id, kind, layer }) => (layer === 0 && kind === 'host' ? [id] : [])),
  )
  const found = new Map<string, PropagationEdge>()
  for (const edge of edges) {
    const isAsked = asks(edge.family).some(({ via }) => via === edge.via)
    const isOrigin = edge.kind === 'told' && origins.has(edge.from)
    if (isAsked && isOrigin && !found.has(edge.from)) found.set(edge.from, edge)
    if (found.size === TELLERS_MAX) break
  }
  return [...found.values()]
}

/** `tracker@192.0.2.1:6969`: by which part and port a teller can be asked, if one of it is known. */
export function tellerText(
  { from, via }: PropagationEdge,
  { proto, srcIp, srcPort, dstIp, dstPort }: FlowRow,
  asks: readonly Asked[],
): string | undefined {
  const part = asks.find((one) => one.via === via && one.carrier === proto.toLowerCase())?.part
  if (part === undefined) return undefined
  if (dstIp === from) return `${part}@${endpointText({ ip: dstIp, port: dstPort })}`
  // Whoever opens a connection does so from a port on which nobody listens.
  if (proto.toLowerCase() === 'tcp' || srcIp !== from) return undefined
  return `${part}@${endpointText({ ip: srcIp, port: srcPort })}`
}

/** What others can be asked about: the content itself, or what was asked of an address. */
export function contentOf(of: string, incidents: readonly IncidentRow[]): string | undefined {
  const names = of.startsWith('urn:')
    ? [of]
    : incidents.flatMap(({ contents }) => contents.map(({ name }) => name))
  return names.find((name) => name.startsWith('urn:') && PLAIN.test(name))
}

/** Beyond this machine nobody is asked unless it is allowed by name. */
export function commandText(of: string, content: string, tellers: readonly string[]): string {
  const asked = [of, content].filter((one) => PLAIN.test(one))
  const words = tellers
    .filter((one) => PLAIN.test(one))
    .flatMap((teller) => {
      const ip = ipOf(teller.replace(/^[^@]*@/, ''))
      const bits = ip.includes(':') ? 128 : 32
      const isHome = ip === '::1' || unroutable(ip) === 'loopback'
      return ['--ask', teller, ...(isHome ? [] : ['--allow', `${ip}/${bits}`])]
    })
  return ['peerscope backtrack', ...new Set(asked), ...words, '-w crawl.pcapng'].join(' ')
}
