/** The card of LogMeIn Hamachi: private networks between computers. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { datagramWire } from './wire/datagram.ts'
import { helloWire } from './wire/hello.ts'

export const hamachi: Protocol = {
  name: 'hamachi',
  title: 'Hamachi',
  family: 'LogMeIn Hamachi',
  overlay: 'hybrid',
  neighbour:
    'A private network between computers that know each other; what moves in it is not seen.',
  carriers: ['tcp', 'udp'],
  portHints: [12975, 17771],
  starts,
  recognise,
  wires: [helloWire, datagramWire],
  logs,
  openSession,
}
