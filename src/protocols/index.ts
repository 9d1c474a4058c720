/** Every protocol, in order of asking: the only file that names them all. */
import type { Protocol } from '../core/protocol.ts'
import { bittorrent } from './bittorrent/index.ts'
import { edonkey } from './edonkey/index.ts'
import { gnutella } from './gnutella/index.ts'

export const protocols: readonly Protocol[] = [bittorrent, edonkey, gnutella]
