/** The card of Gnutella, with Gnutella2 and the GWebCaches that introduce nodes to both. */
import type { Protocol } from '../../core/protocol.ts'
import { crawler } from './crawler.ts'
import { logs } from './logs.ts'
import { peer } from './peer.ts'
import { fits, recognise, starts } from './recognise.ts'
import { makeResponder } from './responder.ts'
import { openSession } from './session.ts'
import { extensionsWire } from './wire/extensions.ts'
import { g2Wire } from './wire/g2-packet.ts'
import { ggepWire } from './wire/ggep.ts'
import { cacheAnswerWire } from './wire/gwebcache.ts'
import { handshakeWire } from './wire/handshake.ts'
import { datagramWire, messageWire } from './wire/message.ts'
import { srUdpWire } from './wire/sr-udp.ts'

export const gnutella: Protocol = {
  name: 'gnutella',
  title: 'Gnutella',
  family: 'Gnutella, Gnutella2, GWebCache',
  overlay: 'hybrid',
  carriers: ['tcp', 'udp'],
  portHints: [6346, 6347, 6348, 6349],
  sharesPort: true,
  starts,
  recognise,
  fits,
  wires: [
    handshakeWire,
    messageWire,
    datagramWire,
    ggepWire,
    extensionsWire,
    srUdpWire,
    g2Wire,
    cacheAnswerWire,
  ],
  logs,
  openSession,
  peer,
  makeResponder,
  crawler,
}
