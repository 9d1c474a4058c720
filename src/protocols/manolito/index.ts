/** The card of MP2P: Blubster, Piolet. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { fits, recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { datagramWire } from './wire/datagram.ts'

export const manolito: Protocol = {
  name: 'manolito',
  title: 'Manolito (MP2P)',
  family: 'Blubster / Piolet',
  overlay: 'pure',
  carriers: ['tcp', 'udp'],
  portHints: [41_170],
  starts,
  recognise,
  fits,
  sharesPort: true,
  wires: [datagramWire],
  logs,
  openSession,
}
