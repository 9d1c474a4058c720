/** The card of Kontiki. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { packetWire } from './wire/packet.ts'
import { subnetWire } from './wire/subnet.ts'

export const kontiki: Protocol = {
  name: 'kontiki',
  title: 'Kontiki',
  family: 'Kontiki',
  overlay: 'hybrid',
  carriers: ['udp'],
  portHints: [1948, 19_948],
  starts,
  recognise,
  wires: [packetWire, subnetWire],
  logs,
  openSession,
}
