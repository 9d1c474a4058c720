/** Peers that are nowhere. Pure. */
import { unroutable } from '../../core/address.ts'
import type { SwarmPeer } from '../../core/store.ts'

type Told = Pick<SwarmPeer, 'ip' | 'routable' | 'seen'>

/** How many were only named, at addresses that no packet reaches; private ones are where private networks are. */
export function misnamed(peers: readonly Told[]): number {
  return peers.filter(
    ({ ip, routable, seen }) => !routable && !seen && unroutable(ip) !== 'private',
  ).length
}
