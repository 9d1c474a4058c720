/** Small nodes of Freenet for experiments: keyed routing in clear. See peer-node.ts. */
import type { PeerKind } from '../../core/peer.ts'
import { BUGS, Node, ROLES } from './peer-node.ts'

export const peer: PeerKind = {
  roles: ROLES,
  bugs: BUGS,
  make: (settings) => new Node(settings),
}
