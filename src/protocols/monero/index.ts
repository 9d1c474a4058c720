/** The card of Monero and the chains of the CryptoNote family that speak Levin. */
import type { Protocol, Seed } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { fits, recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { levinWire } from './wire/levin.ts'
import { storageWire } from './wire/storage.ts'

export const monero: Protocol = {
  name: 'monero',
  title: 'Monero',
  family: 'Monero and other CryptoNote chains',
  overlay: 'pure',
  carriers: ['tcp'],
  portHints: [18080, 28080, 38080],
  starts,
  recognise,
  fits,
  wires: [levinWire, storageWire],
  logs,
  openSession,
  seeds: [
    ...['seeds.moneroseeds.se', 'seeds.moneroseeds.ae.org'].map(seed),
    ...['seeds.moneroseeds.ch', 'seeds.moneroseeds.li'].map(seed),
  ],
}

function seed(name: string): Seed {
  return { name, what: 'DNS seed', source: 'monero src/p2p/net_node.h' }
}
