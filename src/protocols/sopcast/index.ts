/** The card of SopCast: television sent on by who watches it. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { frameWire } from './wire/frame.ts'

export const sopcast: Protocol = {
  name: 'sopcast',
  title: 'SopCast',
  family: 'SopCast',
  overlay: 'hybrid',
  carriers: ['udp'],
  portHints: [3912, 8901],
  starts,
  recognise,
  wires: [frameWire],
  logs,
  openSession,
}
