/** The card of WinMX's own network: primaries, secondaries behind them, chat rooms, peer caches. */
import type { Protocol } from '../../core/protocol.ts'
import { logs } from './logs.ts'
import { fits, recognise, starts } from './recognise.ts'
import { openSession } from './session.ts'
import { cacheWire } from './wire/cache.ts'
import { keyBlockWire } from './wire/key-block.ts'

export const winmx: Protocol = {
  name: 'winmx',
  title: 'WinMX (WPN)',
  family: 'WinMX Peer Network',
  overlay: 'hybrid',
  carriers: ['tcp'],
  portHints: [6699, 6257, 7950, 7951, 7952],
  starts,
  recognise,
  fits,
  wires: [keyBlockWire, cacheWire],
  logs,
  openSession,
  seeds: [{ name: 'winmx.com', what: 'caches', source: 'ftwall 2: names that end so' }],
}
