/** The card of Ethereum's networks of nodes: discv4, discv5, RLPx. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { fits, recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { discv4Wire } from './wire/discv4.ts'
import { enrWire } from './wire/enr.ts'
import { rlpxWire } from './wire/rlpx.ts'

export const ethereum: Protocol = {
  name: 'ethereum',
  title: 'Ethereum devp2p',
  family: 'Ethereum',
  overlay: 'pure',
  carriers: ['udp', 'tcp'],
  portHints: [30303, 9000],
  starts,
  recognise,
  fits,
  wires: [discv4Wire, enrWire, rlpxWire],
  logs,
  openSession,
  seeds: [
    { name: 'ethdisco.net', what: 'lists of nodes', source: 'go-ethereum params/bootnodes.go' },
  ],
}
