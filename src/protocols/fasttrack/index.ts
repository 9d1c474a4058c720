/** The card of FastTrack: Kazaa, Grokster, Morpheus before 2002, iMesh 4. */
import type { Protocol } from '../../core/protocol.ts'
import { decoy } from './decoy.ts'
import { logs } from './logs.ts'
import { peer } from './peer.ts'
import { fits, recognise, starts } from './recognise.ts'
import { makeResponder } from './responder.ts'
import { openSession } from './session.ts'
import { datagramWire } from './wire/datagram.ts'
import { giveWire } from './wire/give.ts'
import { answerWire, helloWire } from './wire/handshake.ts'
import { sharedFileWire } from './wire/shared-file.ts'

export const fasttrack: Protocol = {
  name: 'fasttrack',
  title: 'FastTrack',
  family: 'Kazaa, Grokster, Morpheus, iMesh',
  overlay: 'hybrid',
  carriers: ['tcp', 'udp'],
  portHints: [1214],
  sharesPort: true,
  starts,
  recognise,
  fits,
  wires: [datagramWire, helloWire, answerWire, giveWire, sharedFileWire],
  logs,
  openSession,
  peer,
  decoy,
  makeResponder,
}
