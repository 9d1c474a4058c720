/** Small peers of ours as programs in namespaces, see live-peer.ts: started, and what they said. */
import { join } from 'node:path'
import type { Order, PeerSaid } from '../../src/core/peer.ts'
import type { Host } from './network.ts'
import type { Program } from './program.ts'

const LIVE = join(import.meta.dirname, 'live-peer.js')

/** How one protocol's peers are started; an order comes with the seconds after which it is given. */
export function livePeers(protocol: string) {
  return (host: Host, role: string, port: number, orders: [number, Order][] = []): Program => {
    const timed = orders.map(([at, order]) => JSON.stringify({ at, order }))
    const words = [protocol, role, host.ip, String(port), host.name, ...timed]
    return host.start(process.execPath, [LIVE, ...words])
  }
}

/** All of one type that it said so far. */
export function said<T extends PeerSaid['type']>(program: Program, type: T) {
  const lines = program.output.split('\n').filter((line) => line.startsWith('{'))
  const all = lines.map((line) => JSON.parse(line) as PeerSaid)
  return all.filter((each): each is Extract<PeerSaid, { type: T }> => each.type === type)
}
