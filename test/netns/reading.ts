/**
 * A capture as Peerscope tells it, held against who really spoke. Which flows there are is said by
 * tshark, so that a flow that Peerscope overlooks is missed too.
 */
import { execFileSync } from 'node:child_process'
import { readCaptures } from '../../src/app/pipeline.ts'
import { type Endpoint, endpointText } from '../../src/core/address.ts'
import type { Event, Flow } from '../../src/core/event.ts'
import { repositoryFile } from '../../src/core/repository.ts'

export interface Reading {
  /** Every flow with payload that there is, beside what it is called. */
  readonly talks: readonly Talk[]
  readonly events: readonly Event[]
  /** What a person is shown. */
  readonly summary: string
}

/** A TCP or UDP flow with payload. */
export interface Talk {
  readonly carrier: 'tcp' | 'udp'
  readonly ends: readonly [Endpoint, Endpoint]
  readonly payloadBytes: number
  /** What Peerscope has between these ends; several, if ports were used again. */
  readonly flows: readonly Flow[]
}

export async function read(file: string): Promise<Reading> {
  const events: Event[] = []
  await readCaptures({ files: [file], flows: true }, (event) => events.push(event))
  const main = repositoryFile('dist/src/app/main.js')
  const summary = execFileSync(process.execPath, [main, '-r', file], { encoding: 'utf8' })
  const flows = events.filter((event) => event.type === 'flow')
  return { talks: talksIn(file, flows), events, summary }
}

/** Flows that are not called what they are (`none`: no P2P), each in words. */
export function misnamed(talks: readonly Talk[], familyOf: (talk: Talk) => string): string[] {
  const wrong: string[] = []
  for (const talk of talks) {
    const called = [...new Set(talk.flows.map(({ p2p }) => p2p?.family ?? 'none'))]
    if (called.join() === familyOf(talk)) continue
    const { carrier, ends, payloadBytes } = talk
    const where = `${carrier} ${ends.map(endpointText).join(' – ')}, ${payloadBytes} bytes`
    wrong.push(`${where}: called ${called.join() || 'nothing'}, is ${familyOf(talk)}`)
  }
  return wrong
}

// biome-ignore format: pairs
const FIELDS = [
  'ip.src', 'ip.dst', 'ipv6.src', 'ipv6.dst', 'tcp.srcport', 'tcp.dstport', 'tcp.len', 'udp.srcport', 'udp.dstport', 'udp.length',
]
const UDP_HEADER_BYTES = 8

/** Every flow that carries payload, after tshark. */
function talksIn(file: string, flows: readonly Flow[]): Talk[] {
  // What errors of ICMP quote is no flow of its own.
  const args = ['-n', '-r', file, '-Y', '(tcp or udp) and not icmp and not icmpv6', '-T', 'fields']
  const text = execFileSync('tshark', [...args, ...FIELDS.flatMap((name) => ['-e', name])], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const talks = new Map<string, Talk>()
  for (const line of text.split('\n')) {
    if (line === '') continue
    const cells = line.split('\t')
    const [src4, dst4, src6, dst6, tcpFrom, tcpTo, tcpBytes, udpFrom, udpTo, udpBytes] = cells
    const carrier = tcpFrom === '' ? 'udp' : 'tcp'
    const ends: Talk['ends'] = [
      { ip: (src4 || src6)!, port: Number(tcpFrom || udpFrom) },
      { ip: (dst4 || dst6)!, port: Number(tcpTo || udpTo) },
    ]
    const payload = carrier === 'tcp' ? Number(tcpBytes) : Number(udpBytes) - UDP_HEADER_BYTES
    if (payload === 0) continue
    const key = keyOf(carrier, ends)
    const before = talks.get(key)
    const payloadBytes = payload + (before?.payloadBytes ?? 0)
    talks.set(key, { carrier, ends: before?.ends ?? ends, payloadBytes, flows: [] })
  }
  for (const flow of flows) {
    const key = keyOf(flow.proto, flow.ends)
    const talk = talks.get(key)
    if (talk === undefined || Math.max(...flow.payloadBytes) === 0) continue
    talks.set(key, { ...talk, flows: [...talk.flows, flow] })
  }
  return [...talks.values()]
}

function keyOf(carrier: string, ends: readonly [Endpoint, Endpoint]): string {
  return [carrier.toLowerCase(), ...ends.map(endpointText).sort()].join(' ')
}
