/** The card of AudioGalaxy Satellite: an index on the web, servers that command transfers. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { fits, recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { frameWire } from './wire/frame.ts'
import { messageWire } from './wire/message.ts'
import { payloadWire } from './wire/payload.ts'

export const audiogalaxy: Protocol = {
  name: 'audiogalaxy',
  title: 'AudioGalaxy Satellite',
  family: 'AudioGalaxy',
  overlay: 'centralised',
  carriers: ['tcp'],
  portHints: [21, 41000],
  starts,
  recognise,
  fits,
  wires: [frameWire, messageWire, payloadWire],
  logs,
  openSession,
  seeds: [
    { name: 'audiogalaxy.com', what: 'redirectors', source: 'squash, garlic and gold below it' },
  ],
}
