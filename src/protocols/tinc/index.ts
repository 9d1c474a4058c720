/** The card of tinc. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { fits, recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { metaWire } from './wire/meta.ts'

export const tinc: Protocol = {
  name: 'tinc',
  title: 'tinc',
  family: 'tinc',
  overlay: 'pure',
  neighbour: "A VPN whose nodes were given each other's keys; it shares no files of its own.",
  carriers: ['tcp', 'udp'],
  portHints: [655],
  starts,
  recognise,
  fits,
  sharesPort: true,
  wires: [metaWire],
  logs,
  openSession,
}
