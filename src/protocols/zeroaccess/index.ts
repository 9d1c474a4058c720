/** The card of ZeroAccess. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { fits, recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { commandWire } from './wire/command.ts'

export const zeroaccess: Protocol = {
  name: 'zeroaccess',
  title: 'ZeroAccess',
  family: 'ZeroAccess (botnet)',
  overlay: 'pure',
  carriers: ['udp'],
  portHints: [16464, 16465, 16470, 16471],
  starts,
  recognise,
  fits,
  wires: [commandWire],
  logs,
  openSession,
}
