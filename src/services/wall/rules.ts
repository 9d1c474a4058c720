/**
 * What the kernel is told, as text: common to nft and iptables. Nothing is run here.
 *
 *   packet ─► our own, or neither TCP nor UDP: on
 *          ─► connection mark pass: on · block: dropped · throttle: through its bucket, on
 *          ─► the queue: undecided packets come up
 *          ─► refused endpoints: dropped also while nobody reads the queue
 *          ─► the mark that the verdict gave the packet becomes the connection's
 */
import type { Refused } from './judgement.ts'
import type { Port } from './values.ts'

/** Everything of ours in the kernel has this name, so that it is found after a crash. */
export const TABLE = 'peerscope'
export const CHAIN = 'PEERSCOPE'
/** Ours is the handle of no shaper that somebody else would take. */
export const HTB_HANDLE = 0x50
/** Of refused endpoints, in each version's set. */
export const REFUSED_MAX = 65_536

/** Of the Internet Protocol: each has its own rules and sets. */
export const VERSIONS = [4, 6] as const
export type Version = (typeof VERSIONS)[number]

export interface RulesOptions {
  readonly queue: number
  /** Without a reader: `open` lets pass, `closed` drops. */
  readonly fail: 'open' | 'closed'
  /** This host itself too, not only what it forwards. */
  readonly local: boolean
  /** Of the rules that throttle, in the order of the policy. */
  readonly throttles: readonly Throttle[]
  /** Networks whose hosts have a bucket each; absent: those that are not for the Internet. */
  readonly ours?: readonly string[]
  /** Keep refused endpoints in sets; iptables needs ipset for it. */
  readonly sets: boolean
  /** The rates that all flows share are kept by HTB classes, not by dropping what is too much. */
  readonly htb: boolean
}

export interface Throttle {
  /** Bytes a second. */
  readonly rate?: number
  readonly per?: 'flow' | 'host' | 'all'
}

const OURS = [
  ...['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'],
  ...['fc00::/7', 'fe80::/10'],
]

/** Networks of one family. */
export function oursOf(options: RulesOptions, version: Version): readonly string[] {
  const all = options.ours === undefined || options.ours.length === 0 ? OURS : options.ours
  return all.filter((cidr) => cidr.includes(':') === (version === 6))
}

export function carriersOf(carriers: Refused['carriers']): readonly ('tcp' | 'udp')[] {
  return carriers === 'both' ? ['tcp', 'udp'] : [carriers]
}

/** A quarter of a second's bytes, but enough for what one segmentation offload hands over. */
export function burstOf(rate: number): number {
  return Math.max(65_536, Math.round(rate / 4))
}

export function isShaped(throttle: Throttle, options: RulesOptions): boolean {
  return options.htb && throttle.per === 'all'
}

/** `0x02` */
export function hexMark(mark: number): string {
  return `0x${mark.toString(16).padStart(2, '0')}`
}

export function classId(index: number): string {
  return `${HTB_HANDLE.toString(16)}:${(16 + index).toString(16)}`
}

/** A busy machine is late by tenths of a second: what it then owes is sent at once. */
function shapeOf(rate: number): string {
  return `rate ${8 * rate}bit burst ${burstOf(rate)} cburst ${burstOf(rate)}`
}

/**
 * Commands that give the classes to interfaces. What is in no class is sent as before: HTB passes
 * unclassified packets without a default class straight on (tc-htb(8), `default`).
 */
export function htbCommands(options: RulesOptions, interfaces: readonly string[]): string[] {
  const shaped = options.throttles.flatMap((throttle, index) =>
    isShaped(throttle, options) ? [{ rate: throttle.rate!, index }] : [],
  )
  if (shaped.length === 0) return []
  const handle = `${HTB_HANDLE.toString(16)}:`
  return interfaces.flatMap((name) => [
    `tc qdisc replace dev ${name} root handle ${handle} htb`,
    ...shaped.map(
      ({ rate, index }) =>
        `tc class replace dev ${name} parent ${handle} classid ${classId(index)} htb ${shapeOf(rate)}`,
    ),
  ])
}

export function htbRemoval(interfaces: readonly string[]): string[] {
  const handle = `${HTB_HANDLE.toString(16)}:`
  return interfaces.map((name) => `tc qdisc del dev ${name} root handle ${handle}`)
}

/** Ports by which people know a protocol. */
export interface PortRow {
  readonly title: string
  readonly ports: readonly Port[]
}

/** What stands above rules that know only ports. */
export const PORTS_REMARK = [
  'Ports by which peer-to-peer protocols are known: a beginning for gateways without a queue.',
  'It stops clients that were never configured. It misses every client that takes another port, which',
  'most do by themselves today, and what hides on 80 and 443; and it stops whatever else is so',
  'unlucky as to use one of these ports.',
] as const

/** Ports of services that are much more used than the protocol that shares them. */
// biome-ignore format: a table
const SHARED_PORTS: ReadonlySet<number> = new Set([
  20, 21, 22, 23, 25, 53, 67, 68, 80, 110, 123, 143, 161, 389, 443, 445, 465, 500, 514, 587, 631, 636,
  853, 873, 993, 995, 1194, 1433, 1723, 1883, 3128, 3306, 3389, 3478, 4500, 5000, 5060, 5061, 5222, 5353,
  5432, 5900, 6379, 8000, 8008, 8080, 8081, 8443, 8883, 8888, 9000, 9090, 9100, 9200, 27017,
])

/** Rows of cards → rows of rules: without neighbours, and without ports that others need more. */
export function portRows(
  cards: readonly {
    readonly title: string
    readonly neighbour?: string
    readonly carriers: readonly ('tcp' | 'udp')[]
    readonly portHints: readonly number[]
  }[],
): PortRow[] {
  return cards.flatMap(({ title, neighbour, carriers, portHints }) => {
    const carrier = carriers.length > 1 ? 'both' : carriers[0]
    const numbers = [...new Set(portHints)].filter((port) => port > 0 && !SHARED_PORTS.has(port))
    if (neighbour !== undefined || carrier === undefined || numbers.length === 0) return []
    const ports = spansOf(numbers.sort((a, b) => a - b))
    return [{ title, ports: ports.map(([from, to]) => ({ carrier, from, to })) }]
  })
}

/** 1, 2, 3, 7 → 1 to 3, 7 to 7 */
function spansOf(sorted: readonly number[]): [number, number][] {
  const spans: [number, number][] = []
  for (const port of sorted) {
    const last = spans.at(-1)
    if (last !== undefined && port === last[1] + 1) last[1] = port
    else spans.push([port, port])
  }
  return spans
}

/** The same port may be known of several protocols; sets refuse it twice. */
export function portSpans(rows: readonly PortRow[], carrier: 'tcp' | 'udp'): [number, number][] {
  const all = new Set<number>()
  for (const { ports } of rows) {
    for (const { carrier: of, from, to } of ports) {
      if (of !== 'both' && of !== carrier) continue
      for (let port = from; port <= to; port++) all.add(port)
    }
  }
  return spansOf([...all].sort((a, b) => a - b))
}
