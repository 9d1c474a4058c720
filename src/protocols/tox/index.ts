/** The card of Tox. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { fits, recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { datagramWire } from './wire/datagram.ts'

export const tox: Protocol = {
  name: 'tox',
  title: 'Tox',
  family: 'Tox',
  overlay: 'pure',
  carriers: ['udp', 'tcp'],
  portHints: [33445, 3389, 443],
  starts,
  recognise,
  fits,
  sharesPort: true,
  wires: [datagramWire],
  logs,
  openSession,
}
