/** The card of Xunlei (Thunder): downloads from servers and peers at once. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { recognise, starts } from './recognise.ts'
import { guessResponder, makeResponder } from './responder.ts'
import { openSession } from './session.ts'
import { packetWire } from './wire/packet.ts'

export const xunlei: Protocol = {
  name: 'xunlei',
  title: 'Xunlei',
  family: 'Xunlei (Thunder)',
  overlay: 'hybrid',
  carriers: ['tcp', 'udp'],
  portHints: [3076, 4593, 4693],
  starts,
  recognise,
  wires: [packetWire],
  logs,
  openSession,
  makeResponder,
  guessResponder,
  dialects: ['Xunlei'],
}
