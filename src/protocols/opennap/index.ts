/** The card of Napster and OpenNap: central index servers, and peers that send each other files. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { peer } from './peer.ts'
import { fits, recognise, starts } from './recognise.ts'
import { makeResponder } from './responder.ts'
import { openSession } from './session.ts'
import { askWire, HAIL } from './wire/ask.ts'
import { bigFrameWire, frameWire } from './wire/frame.ts'
import { metaserverWire } from './wire/metaserver.ts'
import { wordsWire } from './wire/words.ts'

export const opennap: Protocol = {
  name: 'opennap',
  title: 'Napster / OpenNap',
  family: 'Napster, OpenNap, SlavaNap',
  overlay: 'centralised',
  carriers: ['tcp'],
  portHints: [8888, 7777, 8875, 6699],
  starts,
  recognise,
  fits,
  wires: [frameWire, bigFrameWire, wordsWire, askWire, metaserverWire],
  logs,
  openSession,
  peer,
  makeResponder,
  greeting: { bytes: Uint8Array.of(HAIL), ports: [6699] },
}
