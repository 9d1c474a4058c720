/**
 * Small eDonkey peers for experiments: the index server, and the clients that log in to it. They speak
 * plain eDonkey2000 and no more: see peer-server.ts and peer-client.ts. Around a client that is examined
 * stand others (taint.ts): see peer-holder.ts, peer-kad.ts, peer-asker.ts, peer-seeker.ts.
 */
import type { Peer, PeerKind, PeerSettings } from '../../core/peer.ts'
import { Asker } from './peer-asker.ts'
import { Client } from './peer-client.ts'
import { Holder } from './peer-holder.ts'
import { KadNode } from './peer-kad.ts'
import { BUGS, ROLES } from './peer-node.ts'
import { Seeker } from './peer-seeker.ts'
import { Server } from './peer-server.ts'

export const peer: PeerKind = { roles: ROLES, bugs: BUGS, make }

function make(settings: PeerSettings): Peer {
  switch (settings.role) {
    case 'server':
      return new Server(settings)
    case 'holder':
      return new Holder(settings)
    case 'kad-node':
      return new KadNode(settings)
    case 'asker':
    case 'kad-asker':
      return new Asker(settings)
    case 'seeker':
    case 'kad-seeker':
      return new Seeker(settings)
    default:
      return new Client(settings)
  }
}
