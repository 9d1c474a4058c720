/**
 * Small FastTrack peers for experiments: supernodes, and the nodes that hang on them. See
 * peer-supernode.ts and peer-node.ts; what stands in for the cipher is in peer-seal.ts.
 */
import type { PeerKind } from '../../core/peer.ts'
import { Node } from './peer-node.ts'
import { Supernode } from './peer-supernode.ts'
import { BUGS, isSupernode, ROLES } from './peer-words.ts'

export const peer: PeerKind = {
  roles: ROLES,
  bugs: BUGS,
  make: (settings) => (isSupernode(settings) ? new Supernode(settings) : new Node(settings)),
}
