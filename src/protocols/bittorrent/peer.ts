/**
 * Small BitTorrent peers for experiments: a tracker, clients that find each other through a tracker or
 * through the DHT, nodes of the DHT alone, and one who only asks them: see peer-tracker.ts, peer-client.ts
 * and peer-asker.ts.
 */
import type { Peer, PeerKind, PeerSettings } from '../../core/peer.ts'
import { Asker } from './peer-asker.ts'
import { Client } from './peer-client.ts'
import { BUGS, ROLES } from './peer-node.ts'
import { Tracker } from './peer-tracker.ts'

export const peer: PeerKind = {
  roles: ROLES,
  bugs: BUGS,
  make,
}

function make(settings: PeerSettings): Peer {
  if (settings.role === 'tracker') return new Tracker(settings)
  return settings.role === 'dht-asker' ? new Asker(settings) : new Client(settings)
}
