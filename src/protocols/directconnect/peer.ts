/**
 * Small Direct Connect peers for experiments, of the older dialect (NMDC) and the newer (ADC): the hub,
 * and the clients in it. They do what the specifications say and no more: see peer-hub.ts and
 * peer-client.ts, peer-adc-hub.ts and peer-adc-client.ts.
 */
import type { Peer, PeerKind, PeerSettings } from '../../core/peer.ts'
import { AdcClient } from './peer-adc-client.ts'
import { AdcHub } from './peer-adc-hub.ts'
import { Client } from './peer-client.ts'
import { Hub } from './peer-hub.ts'
import { BUGS, ROLES } from './peer-node.ts'

const MAKERS: Readonly<Record<(typeof ROLES)[number], (settings: PeerSettings) => Peer>> = {
  hub: (settings) => new Hub(settings),
  client: (settings) => new Client(settings),
  'adc-hub': (settings) => new AdcHub(settings),
  'adc-client': (settings) => new AdcClient(settings),
}

export const peer: PeerKind = {
  roles: ROLES,
  bugs: BUGS,
  make: (settings) => MAKERS[settings.role as (typeof ROLES)[number]](settings),
}
