/** The card of libp2p, the network layer of IPFS, Filecoin, Polkadot and others. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { fits, recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { mdnsWire } from './wire/mdns.ts'
import { multistreamWire } from './wire/multistream.ts'

export const libp2p: Protocol = {
  name: 'libp2p',
  title: 'libp2p / IPFS',
  family: 'libp2p, IPFS',
  overlay: 'pure',
  carriers: ['tcp', 'udp'],
  portHints: [4001],
  starts,
  recognise,
  fits,
  wires: [multistreamWire, mdnsWire],
  logs,
  openSession,
  seeds: [
    { name: 'bootstrap.libp2p.io', what: 'DHT entry', source: 'kubo config/bootstrap_peers.go' },
  ],
}
