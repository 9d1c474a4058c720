/** The card of Soulseek. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { fits, recognise, starts } from './recognise.ts'
import { makeResponder } from './responder.ts'
import { openSession } from './session.ts'
import { folderWire, searchResponseWire, shareListWire } from './wire/lists.ts'
import {
  distributedWire,
  initWire,
  peerWire,
  serverAskWire,
  serverTellWire,
} from './wire/message.ts'
import { obfuscatedWire } from './wire/obfuscated.ts'

export const soulseek: Protocol = {
  name: 'soulseek',
  title: 'Soulseek',
  family: 'Soulseek',
  overlay: 'centralised',
  carriers: ['tcp'],
  portHints: [2242, 2240, 2416, 2234, 2235],
  starts,
  recognise,
  fits,
  wires: [
    serverAskWire,
    serverTellWire,
    initWire,
    peerWire,
    distributedWire,
    shareListWire,
    searchResponseWire,
    folderWire,
    obfuscatedWire,
  ],
  logs,
  openSession,
  seeds: [
    {
      name: 'slsknet.org',
      what: 'login server',
      source: 'server.slsknet.org of Nicotine+, NEWS.md',
    },
  ],
  makeResponder,
}
