/** The card of ZeroTier. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { fits, recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { packetWire } from './wire/packet.ts'

export const zerotier: Protocol = {
  name: 'zerotier',
  title: 'ZeroTier',
  family: 'ZeroTier',
  overlay: 'hybrid',
  neighbour: 'A private Ethernet between machines that were let in; it shares no files of its own.',
  carriers: ['udp'],
  portHints: [9993],
  starts,
  recognise,
  fits,
  wires: [packetWire],
  logs,
  openSession,
}
