/** The card of the xunlei protocol. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { peerWire } from './wire/peer.ts'

export const xunlei: Protocol = {
  name: 'xunlei',
  title: 'Xunlei',
  family: 'Xunlei',
  overlay: 'pure',
  carriers: ['tcp'],
  portHints: [7331],
  starts,
  recognise,
  wires: [peerWire],
  logs,
  openSession,
}
