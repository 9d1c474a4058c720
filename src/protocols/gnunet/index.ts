/** The card of GNUnet. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { fits, recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { helloWire } from './wire/hello.ts'
import { messageWire } from './wire/message.ts'

export const gnunet: Protocol = {
  name: 'gnunet',
  title: 'GNUnet',
  family: 'GNUnet',
  overlay: 'pure',
  carriers: ['tcp', 'udp'],
  portHints: [2086],
  starts,
  recognise,
  fits,
  sharesPort: true,
  wires: [messageWire, helloWire],
  logs,
  openSession,
}
