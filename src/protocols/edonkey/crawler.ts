/**
 * Who is said to have a file, and by whom: asked of servers, of clients, of nodes of Kad.
 *
 *     channel          asks         says
 *     server           server       login without a file, get-sources, server list     crawler-server.ts
 *     server-udp       server-udp   the same questions by datagram                     crawler-server.ts
 *     source-exchange  peer         hello of nobody, request-sources                   crawler-exchange.ts
 *     kad              kad          request, search-source; without a file bootstrap   crawler-kad.ts
 *
 * Re-ask times are those of eMule (opcodes.h): servers 15 minutes, by UDP 30 (SERVERREASKTIME,
 * UDPSERVERREASKTIME); source exchange 40 minutes for a rare file, and 160 else, before which it is not
 * answered (SOURCECLIENTREASKS, MINCOMMONPENALTY); Kad an hour (KADEMLIAREASKTIME). Who asks a client
 * for files more often than each 10 minutes is banned (MIN_REQUESTTIME), so that is the pause.
 */
import type { Channel, CrawlerKind, Interview, Question } from '../../core/crawler.ts'
import { ExchangeInterview } from './crawler-exchange.ts'
import { distanceOf, KadInterview } from './crawler-kad.ts'
import { ServerInterview, ServerUdpInterview } from './crawler-server.ts'
import { NobodysInterview } from './crawler-step.ts'

const CONTENTS = ['urn:ed2k:']

// biome-ignore format: a table
const CHANNELS: readonly Channel[] = [
  { name: 'server', kind: 'index', carrier: 'tcp', asks: ['server'], vias: ['server-sources', 'server-list'],
    contents: CONTENTS, maps: true, reaskSeconds: 900, pauseSeconds: 60, packets: 5 },
  { name: 'server-udp', kind: 'index', carrier: 'udp', asks: ['server-udp'], vias: ['server-sources', 'server-list'],
    contents: CONTENTS, maps: true, reaskSeconds: 1800, pauseSeconds: 60, packets: 6 },
  { name: 'source-exchange', kind: 'exchange', carrier: 'tcp', asks: ['peer'], vias: ['source-exchange', 'hello', 'hello-server'],
    contents: CONTENTS, reaskSeconds: 2400, pauseSeconds: 600, packets: 6 },
  { name: 'kad', kind: 'dht', carrier: 'udp', asks: ['kad'], vias: ['kad-source', 'kad-contacts'],
    contents: CONTENTS, maps: true, reaskSeconds: 3600, pauseSeconds: 30, packets: 4,
    near: { width: 10, distance: distanceOf } },
]

function inquire(question: Question): Interview {
  const { channel, content } = question
  const hash = /^urn:ed2k:([0-9a-f]{32})$/.exec(content ?? '')?.[1]
  if (content !== undefined && hash === undefined) return new NobodysInterview()
  if (channel === 'server') return new ServerInterview(question, hash)
  if (channel === 'server-udp') return new ServerUdpInterview(question, hash)
  if (channel === 'kad') return new KadInterview(question, hash)
  return hash === undefined ? new NobodysInterview() : new ExchangeInterview(question, hash)
}

/** A hash, or a link as people pass it on: `ed2k://|file|NAME|SIZE|HASH|/`. */
function contentOf(text: string): string | undefined {
  const hash = /^(?:ed2k:\/\/\|file\|[^|]*\|\d+\|)?([0-9a-f]{32})(?:\|.*)?$/i.exec(text)?.[1]
  return hash && `urn:ed2k:${hash.toLowerCase()}`
}

export const crawler: CrawlerKind = { channels: CHANNELS, contentOf, inquire }
