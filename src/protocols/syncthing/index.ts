/** The card of Syncthing. */
import type { Protocol, Seed } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { fits, recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { announceWire } from './wire/announce.ts'
import { recordWire } from './wire/record.ts'
import { relayWire } from './wire/relay.ts'

export const syncthing: Protocol = {
  name: 'syncthing',
  title: 'Syncthing',
  family: 'Syncthing',
  overlay: 'hybrid',
  carriers: ['tcp', 'udp'],
  portHints: [22000, 21027, 22067],
  starts,
  recognise,
  fits,
  // Sent to all of a link; who hears it announces himself to all as well: Local Discovery Protocol v4.
  mute: ['local-discovery'],
  wires: [announceWire, recordWire, relayWire],
  logs,
  openSession,
  seeds: [
    ...['discovery.syncthing.net', 'discovery-lookup.syncthing.net'].map(server),
    ...['discovery-announce-v4.syncthing.net', 'discovery-announce-v6.syncthing.net'].map(server),
  ],
}

function server(name: string): Seed {
  return { name, what: 'discovery server', source: 'syncthing lib/config/config.go' }
}
