/** The card of the tinc protocol. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { peerWire } from './wire/peer.ts'

export const tinc: Protocol = {
  name: 'tinc',
  title: 'Tinc',
  family: 'Tinc',
  overlay: 'pure',
  carriers: ['tcp'],
  portHints: [7331],
  starts,
  recognise,
  wires: [peerWire],
  logs,
  openSession,
}
