/** A page over the made network, for tests and for looking at the client without a store. */
import { repositoryFile } from '../../core/repository.ts'
import type { Status } from './api.ts'
import type { PageParts } from './parts.ts'
import { START, StoreInTest, XSS } from './store-in-test.ts'

export const STATUS: Status = {
  state: 'done',
  source: 'office.pcap',
  version: '0.0.0',
  revision: 1,
  packets: 6600,
  bytes: 6_300_000,
  packetsPerSecond: 0,
  dropped: 3,
  micros: START,
}

export function partsInTest(more: Partial<PageParts> = {}): PageParts & { reader: StoreInTest } {
  const reader = new StoreInTest()
  return {
    status: () => STATUS,
    families: [
      { family: 'bittorrent', title: 'BitTorrent', neighbour: false },
      { family: 'edonkey', title: 'eDonkey', neighbour: false },
    ],
    names: () => ({
      hosts: { '10.0.0.1': XSS },
      networks: [{ name: 'office', cidrs: ['10.0.0.0/8'], policy: 'forbid' }],
    }),
    eve: ({ id }) => JSON.stringify({ event_type: 'flow', id }),
    metrics: async () => [
      {
        name: 'peerscope_packets_total',
        help: 'Packets seen.',
        type: 'counter',
        samples: [{ labels: { iface: 'a "b"\\\n' }, value: 6600 }],
      },
    ],
    isReady: () => true,
    client: repositoryFile('dist/src/services/page/client'),
    onError: () => undefined,
    ...more,
    reader,
  }
}
