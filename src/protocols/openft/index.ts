/** The card of OpenFT, the network of giFT. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { fits, recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { frameWire } from './wire/frame.ts'
import { message2002Wire, message2003Wire } from './wire/message.ts'

export const openft: Protocol = {
  name: 'openft',
  title: 'OpenFT',
  family: 'OpenFT (giFT)',
  overlay: 'hybrid',
  carriers: ['tcp'],
  portHints: [1215, 1216],
  starts,
  recognise,
  fits,
  wires: [frameWire, message2002Wire, message2003Wire],
  logs,
  openSession,
}
