/** The card of the n2n protocol. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { peerWire } from './wire/peer.ts'

export const n2n: Protocol = {
  name: 'n2n',
  title: 'N2n',
  family: 'N2n',
  overlay: 'pure',
  carriers: ['tcp'],
  portHints: [7331],
  starts,
  recognise,
  wires: [peerWire],
  logs,
  openSession,
}
