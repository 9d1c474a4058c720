/** The card of iMesh's own protocol. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { datagramWire } from './wire/datagram.ts'
import { frameWire } from './wire/frame.ts'

export const imesh: Protocol = {
  name: 'imesh',
  title: 'iMesh (own protocol)',
  family: 'iMesh',
  overlay: 'centralised',
  carriers: ['tcp', 'udp'],
  portHints: [1863, 1864, 4000, 5000],
  starts,
  recognise,
  wires: [frameWire, datagramWire],
  logs,
  openSession,
}
