/** The card of Freenet (since 2023: Hyphanet). */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { peer } from './peer.ts'
import { fits, recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { linkWire } from './wire/link.ts'
import { messageWire } from './wire/message.ts'

export const freenet: Protocol = {
  name: 'freenet',
  title: 'Freenet',
  family: 'Freenet / Hyphanet',
  overlay: 'pure',
  carriers: ['tcp', 'udp'],
  portHints: [8481, 8888, 9481],
  starts,
  recognise,
  fits,
  wires: [messageWire, linkWire],
  logs,
  openSession,
  peer,
}
