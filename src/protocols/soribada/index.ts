/** The card of Soribada: music in Korea. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { fits, recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { datagramWire } from './wire/datagram.ts'
import { requestWire } from './wire/request.ts'

export const soribada: Protocol = {
  name: 'soribada',
  title: 'Soribada',
  family: 'Soribada',
  overlay: 'hybrid',
  carriers: ['tcp', 'udp'],
  portHints: [7675, 7676, 22321, 22322],
  starts,
  recognise,
  fits,
  wires: [datagramWire, requestWire],
  logs,
  openSession,
}
