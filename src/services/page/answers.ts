/** Which part answers which question. Undefined: what is asked for is not there. */
import type { Api, DarkView } from './api.ts'
import type { PageParts } from './parts.ts'

export type Answers = {
  readonly [Name in keyof Api]: (question: Api[Name][0]) => Promise<Api[Name][1] | undefined>
}

const NOTHING_DARK: DarkView = {
  ...{ networks: [], definition: { sources: 100, hours: 6 } },
  ...{ scanners: 0, connections: 0, p2pConnections: 0 },
}

export function answers(parts: PageParts): Answers {
  const { reader } = parts
  return {
    runs: () => reader.runs(),
    overview: (which) => reader.overview(which),
    traffic: (question) => reader.traffic(question),
    hosts: (question) => reader.hosts(question),
    host: ({ host, ...which }) => reader.host(host, which),
    flows: (question) => reader.flows(question),
    histogram: (question) => reader.histogram(question),
    facets: (question) => reader.facets(question),
    flow: ({ id }) => reader.flow(id),
    messages: ({ flow, ...page }) => reader.messages(flow, page),
    bytes: async ({ flow, ...page }) => parts.packets?.rows(flow, page),
    swarms: (question) => reader.swarms(question),
    swarm: ({ content, ...page }) => reader.swarm(content, page),
    threats: (question) => reader.threats(question),
    incidents: (question) => reader.incidents(question),
    detect: async (question) => parts.dark?.detect(question),
    causes: (question) => reader.causes(question),
    map: (question) => reader.darkMap(question),
    places: async (which) => parts.dark?.places(which),
    propagation: (question) => reader.propagation(question),
    dark: async () => parts.dark?.view() ?? NOTHING_DARK,
    find: ({ text, limit }) => reader.find(text, limit),
    status: async () => parts.status(),
    families: async () => parts.families,
    names: async () => parts.names(),
    wall: async () => parts.wall?.state() ?? { running: false },
  }
}
