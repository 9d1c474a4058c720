/** The card of WireGuard. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { messageWire } from './wire/message.ts'

export const wireguard: Protocol = {
  name: 'wireguard',
  title: 'WireGuard',
  family: 'WireGuard',
  overlay: 'pure',
  neighbour:
    'A VPN tunnel between machines that were told of each other beforehand; it shares no files of its own.',
  carriers: ['udp'],
  portHints: [51820],
  starts,
  recognise,
  wires: [messageWire],
  logs,
  openSession,
}
