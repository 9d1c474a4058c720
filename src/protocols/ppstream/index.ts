/** The card of PPStream: television and films, watched together. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { fits, recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { bodyWire } from './wire/body.ts'
import { packetWire } from './wire/packet.ts'
import { videoWire } from './wire/video.ts'

export const ppstream: Protocol = {
  name: 'ppstream',
  title: 'PPStream',
  family: 'PPStream (PPS, iQIYI)',
  overlay: 'hybrid',
  carriers: ['tcp', 'udp'],
  portHints: [17788],
  starts,
  recognise,
  fits,
  wires: [packetWire, bodyWire, videoWire],
  logs,
  openSession,
}
