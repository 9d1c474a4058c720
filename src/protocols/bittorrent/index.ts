/** The card of BitTorrent: peer connections, uTP, DHTs, trackers, local discovery, WebTorrent. */
import type { Protocol, Seed } from '../../core/protocol.ts'
import { crawler } from './crawler.ts'
import { fits } from './fits.ts'
import { logs } from './logs.ts'
import { peer } from './peer.ts'
import { recognise, starts } from './recognise.ts'
import { guessResponder, makeResponder } from './responder.ts'
import { openSession } from './session.ts'
import { taint } from './taint.ts'
import { azureusWire } from './wire/azureus.ts'
import { extendedHandshakeWire } from './wire/extended.ts'
import { holepunchWire } from './wire/holepunch.ts'
import { httpTrackerRequestWire, httpTrackerResponseWire } from './wire/http-tracker.ts'
import { krpcWire } from './wire/krpc.ts'
import { lsdWire } from './wire/lsd.ts'
import { metadataWire } from './wire/metadata.ts'
import { peerWire } from './wire/peer.ts'
import { peerHandshakeWire } from './wire/peer-handshake.ts'
import { pexWire } from './wire/pex.ts'
import {
  udpTrackerRequestWire,
  udpTrackerResponse6Wire,
  udpTrackerResponseWire,
} from './wire/udp-tracker.ts'
import { utpWire } from './wire/utp.ts'
import { vuzeDhtWire } from './wire/vuze-dht.ts'
import { webTorrentWire } from './wire/webtorrent.ts'

export const bittorrent: Protocol = {
  name: 'bittorrent',
  title: 'BitTorrent',
  family: 'BitTorrent',
  overlay: 'hybrid',
  carriers: ['tcp', 'udp'],
  portHints: [6881, 6882, 6883, 6884, 6885, 6886, 6887, 6888, 6889, 6969, 51413],
  starts,
  recognise,
  fits,
  sharesPort: true,
  logs,
  wires: [
    peerHandshakeWire,
    peerWire,
    extendedHandshakeWire,
    pexWire,
    metadataWire,
    holepunchWire,
    azureusWire,
    utpWire,
    krpcWire,
    udpTrackerRequestWire,
    udpTrackerResponseWire,
    udpTrackerResponse6Wire,
    httpTrackerRequestWire,
    httpTrackerResponseWire,
    lsdWire,
    vuzeDhtWire,
    webTorrentWire,
  ],
  openSession,
  taint,
  peer,
  makeResponder,
  guessResponder,
  crawler,
  seeds: [
    ...['router.bittorrent.com', 'router.utorrent.com', 'router.bitcomet.com'].map(router),
    ...['dht.libtorrent.org', 'dht.transmissionbt.com', 'dht.aelitis.com'].map(router),
  ],
}

/** Where clients enter the DHT: libtorrent settings_pack.cpp, Transmission tr-dht.cc, MLDonkey bTOptions.ml. */
function router(name: string): Seed {
  return {
    name,
    what: 'DHT router',
    source: 'libtorrent src/settings_pack.cpp and lists of other clients',
  }
}
