/** The card of the peer-to-peer Skype. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { fits, recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { coverWire } from './wire/cover.ts'
import { datagramWire } from './wire/datagram.ts'

export const skype: Protocol = {
  name: 'skype',
  title: 'Skype (peer-to-peer, to 2014)',
  family: 'Skype',
  overlay: 'hybrid',
  carriers: ['tcp', 'udp'],
  portHints: [33_033, 12_350, 13_392],
  starts,
  recognise,
  fits,
  sharesPort: true,
  wires: [datagramWire, coverWire],
  logs,
  openSession,
}
