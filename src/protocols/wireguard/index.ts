/** The card of the wireguard protocol. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { peerWire } from './wire/peer.ts'

export const wireguard: Protocol = {
  name: 'wireguard',
  title: 'Wireguard',
  family: 'Wireguard',
  overlay: 'pure',
  carriers: ['tcp'],
  portHints: [7331],
  starts,
  recognise,
  wires: [peerWire],
  logs,
  openSession,
}
