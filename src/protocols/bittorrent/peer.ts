/**
 * Small BitTorrent peers for experiments: a tracker, clients that find each other through a tracker or
 * through the DHT, and nodes of the DHT alone: see peer-tracker.ts and peer-client.ts.
 */
import type { PeerKind } from '../../core/peer.ts'
import { Client } from './peer-client.ts'
import { BUGS, ROLES } from './peer-node.ts'
import { Tracker } from './peer-tracker.ts'

export const peer: PeerKind = {
  roles: ROLES,
  bugs: BUGS,
  make: (settings) => (settings.role === 'tracker' ? new Tracker(settings) : new Client(settings)),
}
