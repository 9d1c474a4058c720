/** Every protocol, in order of asking: the only file that names them all. */
import type { Protocol } from '../core/protocol.ts'
import { ares } from './ares/index.ts'
import { audiogalaxy } from './audiogalaxy/index.ts'
import { bitcoin } from './bitcoin/index.ts'
import { bittorrent } from './bittorrent/index.ts'
import { directconnect } from './directconnect/index.ts'
import { edonkey } from './edonkey/index.ts'
import { ethereum } from './ethereum/index.ts'
import { fasttrack } from './fasttrack/index.ts'
import { freenet } from './freenet/index.ts'
import { gameover } from './gameover/index.ts'
import { gnunet } from './gnunet/index.ts'
import { gnutella } from './gnutella/index.ts'
import { hamachi } from './hamachi/index.ts'
import { hyperswarm } from './hyperswarm/index.ts'
import { i2p } from './i2p/index.ts'
import { imesh } from './imesh/index.ts'
import { kontiki } from './kontiki/index.ts'
import { libp2p } from './libp2p/index.ts'
import { manolito } from './manolito/index.ts'
import { monero } from './monero/index.ts'
import { msdo } from './msdo/index.ts'
import { n2n } from './n2n/index.ts'
import { nano } from './nano/index.ts'
import { opendht } from './opendht/index.ts'
import { openft } from './openft/index.ts'
import { opennap } from './opennap/index.ts'
import { pplive } from './pplive/index.ts'
import { ppstream } from './ppstream/index.ts'
import { skype } from './skype/index.ts'
import { sopcast } from './sopcast/index.ts'
import { soribada } from './soribada/index.ts'
import { soulseek } from './soulseek/index.ts'
import { spotify } from './spotify/index.ts'
import { syncthing } from './syncthing/index.ts'
import { tailscale } from './tailscale/index.ts'
import { tinc } from './tinc/index.ts'
import { tor } from './tor/index.ts'
import { tox } from './tox/index.ts'
import { vagaa } from './vagaa/index.ts'
import { winmx } from './winmx/index.ts'
import { wireguard } from './wireguard/index.ts'
import { xunlei } from './xunlei/index.ts'
import { zattoo } from './zattoo/index.ts'
import { zeroaccess } from './zeroaccess/index.ts'
import { zerotier } from './zerotier/index.ts'

export const protocols: readonly Protocol[] = [
  bittorrent,
  edonkey,
  gnutella,
  fasttrack,
  opennap,
  directconnect,
  soulseek,
  winmx,
  audiogalaxy,
  openft,
  ares,
  manolito,
  imesh,
  kontiki,
  freenet,
  skype,
  ppstream,
  pplive,
  sopcast,
  soribada,
  xunlei,
  vagaa,
  zattoo,
  msdo,
  bitcoin,
  ethereum,
  monero,
  nano,
  libp2p,
  hyperswarm,
  opendht,
  tox,
  syncthing,
  gnunet,
  i2p,
  zeroaccess,
  gameover,
  tor,
  wireguard,
  tailscale,
  zerotier,
  tinc,
  n2n,
  hamachi,
  spotify,
]
