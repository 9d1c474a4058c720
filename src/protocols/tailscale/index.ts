/** The card of Tailscale. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { discoWire } from './wire/disco.ts'
import { stunWire } from './wire/stun.ts'

export const tailscale: Protocol = {
  name: 'tailscale',
  title: 'Tailscale',
  family: 'Tailscale',
  overlay: 'hybrid',
  neighbour:
    'A mesh of VPN tunnels between the machines of one owner; it shares no files with strangers.',
  carriers: ['udp', 'tcp'],
  portHints: [41641, 3478],
  starts,
  recognise,
  wires: [discoWire, stunWire],
  logs,
  openSession,
}
