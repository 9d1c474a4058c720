/** The card of I2P. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { fits, recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { i2cpWire } from './wire/i2cp.ts'
import { samWire } from './wire/sam.ts'

export const i2p: Protocol = {
  name: 'i2p',
  title: 'I2P',
  family: 'I2P',
  overlay: 'pure',
  carriers: ['tcp', 'udp'],
  portHints: [7654, 7656, 4444],
  starts,
  recognise,
  fits,
  sharesPort: true,
  wires: [samWire, i2cpWire],
  logs,
  openSession,
}
