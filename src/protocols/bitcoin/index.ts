/** The card of Bitcoin and of the chains that descend from its program. */
import type { Protocol, Seed } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { fits, recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { addrV2Wire, addrWire } from './wire/addr.ts'
import { frameWire } from './wire/frame.ts'
import { inventoryWire, rejectWire } from './wire/inventory.ts'
import { versionWire } from './wire/version.ts'

export const bitcoin: Protocol = {
  name: 'bitcoin',
  title: 'Bitcoin and derivatives',
  family: 'Bitcoin, Litecoin, Dogecoin, Bitcoin Cash, Zcash, Dash …',
  overlay: 'pure',
  carriers: ['tcp'],
  portHints: [8333, 18333, 48333, 38333, 18444, 9333, 22556, 8233, 9999],
  starts,
  recognise,
  fits,
  wires: [frameWire, versionWire, addrWire, addrV2Wire, inventoryWire, rejectWire],
  logs,
  openSession,
  seeds: [
    ...['seed.bitcoin.sipa.be', 'dnsseed.bluematt.me', 'dnsseed.bitcoin.dashjr.org'].map(seed),
    ...['seed.bitcoinstats.com', 'seed.bitcoin.jonasschnelli.ch', 'seed.btc.petertodd.net'].map(
      seed,
    ),
    ...['seed.bitcoin.sprovoost.nl', 'dnsseed.emzy.de', 'seed.bitcoin.wiz.biz'].map(seed),
    ...['seed.mainnet.achownodes.xyz', 'dnsseed.bitcoin.dashjr-list-of-p2p-nodes.us'].map(seed),
  ],
}

function seed(name: string): Seed {
  return {
    name,
    what: 'DNS seed',
    source: 'bitcoin src/kernel/chainparams.cpp; before, src/chainparams.cpp',
  }
}
