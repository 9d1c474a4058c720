/** The card of Tor. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { fits, recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'

export const tor: Protocol = {
  name: 'tor',
  title: 'Tor',
  family: 'Tor',
  overlay: 'hybrid',
  neighbour: 'An onion router: it hides who talks to whom, and shares no files of its own.',
  carriers: ['tcp'],
  portHints: [9001, 443],
  starts,
  recognise,
  fits,
  logs,
  openSession,
}
