/**
 * Small eDonkey peers for experiments: the index server, and the clients that log in to it. They speak
 * plain eDonkey2000 and no more: see peer-server.ts and peer-client.ts.
 */
import type { PeerKind } from '../../core/peer.ts'
import { Client } from './peer-client.ts'
import { ROLES } from './peer-node.ts'
import { Server } from './peer-server.ts'

export const peer: PeerKind = {
  roles: ROLES,
  bugs: [],
  make: (settings) => (settings.role === 'server' ? new Server(settings) : new Client(settings)),
}
