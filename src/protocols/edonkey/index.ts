/** The card of eDonkey2000, eMule and their Kademlia networks Kad and Overnet. */
import type { Protocol } from '../../core/protocol.ts'
import { crawler } from './crawler.ts'
import { fits } from './fits.ts'
import { logs } from './logs.ts'
import { peer } from './peer.ts'
import { recognise } from './recognise.ts'
import { makeResponder } from './responder.ts'
import { openSession } from './session.ts'
import { taint } from './taint.ts'
import { clientTcpWire } from './wire/client-tcp.ts'
import { emuleTcpWire } from './wire/emule-tcp.ts'
import { emuleUdpWire } from './wire/emule-udp.ts'
import { frameWire } from './wire/frame.ts'
import { kadWire } from './wire/kad.ts'
import { overnetWire } from './wire/overnet.ts'
import { searchTreeWire } from './wire/search-tree.ts'
import { serverTcpWire } from './wire/server-tcp.ts'
import { serverUdpWire } from './wire/server-udp.ts'
import { sourceExchangeWire } from './wire/source-exchange.ts'
import { tagListWire8, tagListWire32 } from './wire/tag.ts'

function byte(value: number): { byteFrom: number; byteTo: number } {
  return { byteFrom: value, byteTo: value }
}

export const edonkey: Protocol = {
  name: 'edonkey',
  title: 'eDonkey',
  family: 'eDonkey2000 / eMule / Kad',
  overlay: 'hybrid',
  carriers: ['tcp', 'udp'],
  portHints: [4661, 4662, 4665, 4672],
  starts: {
    tcp: [byte(0xe3), byte(0xc5), byte(0xd4)],
    udp: [byte(0xe3), byte(0xc5), byte(0xe4), byte(0xe5)],
  },
  recognise,
  fits,
  sharesPort: false,
  wires: [
    frameWire,
    tagListWire32,
    tagListWire8,
    searchTreeWire,
    serverTcpWire,
    serverUdpWire,
    clientTcpWire,
    emuleTcpWire,
    sourceExchangeWire,
    emuleUdpWire,
    kadWire,
    overnetWire,
  ],
  logs,
  openSession,
  peer,
  makeResponder,
  crawler,
  taint,
}
