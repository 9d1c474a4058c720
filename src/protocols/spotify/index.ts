/** The card of Spotify's discovery on the local network: what is left of its peer-to-peer days. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { beaconWire } from './wire/beacon.ts'

export const spotify: Protocol = {
  name: 'spotify',
  title: 'Spotify discovery',
  family: 'Spotify',
  overlay: 'pure',
  neighbour:
    'Players find each other on the local network; music has come from servers since 2014.',
  carriers: ['udp'],
  portHints: [57621],
  starts,
  recognise,
  wires: [beaconWire],
  logs,
  openSession,
}
