/** The card of Ares. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { fits, recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { frameWire } from './wire/frame.ts'
import { requestWire } from './wire/request.ts'

export const ares: Protocol = {
  name: 'ares',
  title: 'Ares',
  family: 'Ares Galaxy',
  overlay: 'hybrid',
  carriers: ['tcp', 'udp'],
  portHints: [],
  starts,
  recognise,
  fits,
  sharesPort: true,
  wires: [frameWire, requestWire],
  logs,
  openSession,
}
