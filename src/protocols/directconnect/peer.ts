/**
 * Small Direct Connect peers for experiments, of the older dialect (NMDC): the hub, and the clients in
 * it. They do what the specification says and no more: see peer-hub.ts and peer-client.ts.
 */
import type { PeerKind } from '../../core/peer.ts'
import { Client } from './peer-client.ts'
import { Hub } from './peer-hub.ts'
import { BUGS, ROLES } from './peer-node.ts'

export const peer: PeerKind = {
  roles: ROLES,
  bugs: BUGS,
  make: (settings) => (settings.role === 'hub' ? new Hub(settings) : new Client(settings)),
}
