/** The card of Hyperswarm. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { fits, recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { rpcWire } from './wire/rpc.ts'
import { udxWire } from './wire/udx.ts'

export const hyperswarm: Protocol = {
  name: 'hyperswarm',
  title: 'Hyperswarm (HyperDHT, UDX)',
  family: 'Hyperswarm',
  overlay: 'pure',
  carriers: ['udp'],
  portHints: [49737],
  starts,
  recognise,
  fits,
  wires: [rpcWire, udxWire],
  logs,
  openSession,
  seeds: [{ name: 'hyperdht.org', what: 'DHT entry', source: 'hyperdht lib/constants.js' }],
}
