/** The card of Nano, once RaiBlocks: nodes of a ledger in which every account has its own chain. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { fits, recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { frameWire } from './wire/frame.ts'

export const nano: Protocol = {
  name: 'nano',
  title: 'Nano',
  family: 'Nano (RaiBlocks)',
  overlay: 'pure',
  carriers: ['tcp', 'udp'],
  portHints: [7075, 54000],
  sharesPort: true,
  starts,
  recognise,
  fits,
  wires: [frameWire],
  logs,
  openSession,
  seeds: [
    { name: 'peering.nano.org', what: 'DNS seed', source: 'nano-node nano/node/nodeconfig.cpp' },
  ],
}
