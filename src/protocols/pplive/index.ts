/** The card of PPLive (PPTV): television, watched together. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { fits, recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { datagramWire, streamWire } from './wire/message.ts'

export const pplive: Protocol = {
  name: 'pplive',
  title: 'PPLive',
  family: 'PPLive (PPTV)',
  overlay: 'hybrid',
  carriers: ['tcp', 'udp'],
  portHints: [4004, 5041, 8008],
  starts,
  recognise,
  fits,
  wires: [datagramWire, streamWire],
  logs,
  openSession,
}
