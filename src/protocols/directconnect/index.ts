/** The card of Direct Connect: hubs that relay words and searches, peers that send each other files. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { peer } from './peer.ts'
import { fits, recognise, starts } from './recognise.ts'
import { makeResponder } from './responder.ts'
import { openSession } from './session.ts'
import { adcWire } from './wire/adc.ts'
import { nmdcWire } from './wire/nmdc.ts'

export const directconnect: Protocol = {
  name: 'directconnect',
  title: 'Direct Connect',
  family: 'Direct Connect (NMDC, ADC)',
  overlay: 'centralised',
  carriers: ['tcp', 'udp'],
  portHints: [411, 412, 1209, 1412, 1511, 2780, 4111],
  starts,
  recognise,
  fits,
  // Who searches actively takes results by UDP, and says nothing to them: NMDC, `$SR`; ADC, RES.
  mute: ['results'],
  wires: [nmdcWire, adcWire],
  logs,
  openSession,
  peer,
  makeResponder,
}
