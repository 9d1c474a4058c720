/** The card of Zattoo: television by a program that passed it on to others. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { loginWire } from './wire/login.ts'
import { packetWire } from './wire/packet.ts'

export const zattoo: Protocol = {
  name: 'zattoo',
  title: 'Zattoo',
  family: 'Zattoo',
  overlay: 'hybrid',
  carriers: ['tcp', 'udp'],
  portHints: [5003],
  starts,
  recognise,
  wires: [loginWire, packetWire],
  logs,
  openSession,
}
