/** The card of OpenDHT. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { messageWire } from './wire/message.ts'

export const opendht: Protocol = {
  name: 'opendht',
  title: 'OpenDHT (Jami)',
  family: 'OpenDHT',
  overlay: 'pure',
  neighbour:
    'A table by which Jami and others find whom to call and what was written; no files are shared through it.',
  carriers: ['udp'],
  portHints: [4222],
  starts,
  recognise,
  wires: [messageWire],
  logs,
  openSession,
  seeds: [{ name: 'bootstrap.jami.net', what: 'DHT entry', source: 'dhtnet tools/dnc/main.cpp' }],
}
