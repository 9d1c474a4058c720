/** Every protocol, in order of asking: the only file that names them all. */
import type { Protocol } from '../core/protocol.ts'
import { audiogalaxy } from './audiogalaxy/index.ts'
import { bittorrent } from './bittorrent/index.ts'
import { directconnect } from './directconnect/index.ts'
import { edonkey } from './edonkey/index.ts'
import { fasttrack } from './fasttrack/index.ts'
import { gnutella } from './gnutella/index.ts'
import { openft } from './openft/index.ts'
import { opennap } from './opennap/index.ts'
import { winmx } from './winmx/index.ts'

export const protocols: readonly Protocol[] = [
  bittorrent,
  edonkey,
  gnutella,
  fasttrack,
  opennap,
  directconnect,
  winmx,
  audiogalaxy,
  openft,
]
