/** The card of Gameover, also known as P2P Zeus. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { fits, recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { messageWire } from './wire/message.ts'

export const gameover: Protocol = {
  name: 'gameover',
  title: 'Gameover (P2P Zeus)',
  family: 'Gameover (botnet)',
  overlay: 'pure',
  carriers: ['udp'],
  portHints: [],
  starts,
  recognise,
  fits,
  wires: [messageWire],
  logs,
  openSession,
}
