/** A dark network in the made network: what is told of it, and a honeynet that answers there. */
import type { DarkView } from './api.ts'
import type { DarkPart } from './parts.ts'
import { StoreInTest } from './store-in-test.ts'

const DARK_NETWORK = '198.51.100.0/24'

export const DARK: DarkView = {
  networks: [DARK_NETWORK, '203.0.113.0/25'],
  definition: { sources: 100, hours: 6 },
  ...{ scanners: 2386, connections: 5575, p2pConnections: 2883 },
  honeynet: {
    ...{ network: DARK_NETWORK, packets: 44_600, syns: 5575, connections: 2883 },
    ...{ connectionsAnswered: 2801, datagrams: 12, datagramsAnswered: 7, rateLimited: 3 },
  },
}

/** By more than 200 sources there is none, else those that are stored. */
export const DARK_PART: DarkPart = {
  view: () => DARK,
  bugReport: () => '# No client\n',
  places: async () => undefined,
  detect: async ({ sources, hours, ...which }) => {
    const { rows } = await new StoreInTest().incidents({ ...which, limit: 100 })
    const found = rows.filter((row) => row.sources > sources && hours > 0)
    return { rows: found, flows: 2400, isCut: false }
  },
}
