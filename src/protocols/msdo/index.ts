/** The card of Microsoft's Delivery Optimization: computers that give each other updates. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { peerWire } from './wire/peer.ts'

export const msdo: Protocol = {
  name: 'msdo',
  title: 'Delivery Optimization',
  family: 'Microsoft Delivery Optimization',
  overlay: 'hybrid',
  carriers: ['tcp'],
  portHints: [7680],
  starts,
  recognise,
  wires: [peerWire],
  logs,
  openSession,
}
