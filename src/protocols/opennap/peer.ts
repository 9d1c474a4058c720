/**
 * Small OpenNap peers for experiments: the index server, and the clients that log in to it. They do
 * what the specification says and no more: see peer-server.ts and peer-client.ts.
 */
import type { PeerKind } from '../../core/peer.ts'
import { Client } from './peer-client.ts'
import { BUGS, ROLES } from './peer-node.ts'
import { Server } from './peer-server.ts'

export const peer: PeerKind = {
  roles: ROLES,
  bugs: BUGS,
  make: (settings) => (settings.role === 'server' ? new Server(settings) : new Client(settings)),
}
