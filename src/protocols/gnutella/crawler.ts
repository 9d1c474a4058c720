/**
 * Who is said to have a file, and who is said to take part: asked of servents, and of the caches by
 * which they find each other.
 *
 *     channel      asks                  says
 *     alternates   node                  HEAD of the file's URN             crawler-http.ts
 *     handshake    node                  CONNECT as a crawler               crawler-network.ts
 *     ping         node, udp-host-cache  ping that asks for addresses       crawler-network.ts
 *     cache        gwebcache             get of hosts and caches            crawler-http.ts
 *
 * Links of Gnutella2 are not opened; its hubs are told where others name them.
 * Re-ask times: a GWebCache is asked once an hour (GWebCache 1.3.1); servents take more than a few
 * requests a minute for hammering, and what they know changes slowly, so half an hour.
 */
import type { Channel, CrawlerKind, Interview, Question, Step } from '../../core/crawler.ts'
import { AlternatesInterview, CacheInterview, UNANSWERED } from './crawler-http.ts'
import { LinkInterview, PingInterview } from './crawler-network.ts'

// biome-ignore format: a table
const CHANNELS: readonly Channel[] = [
  { name: 'alternates', kind: 'exchange', carrier: 'tcp', asks: ['node'], vias: ['alt-loc', 'nalt-loc', 'push-proxy', 'x-node'],
    contents: ['urn:sha1:'], reaskSeconds: 1800, pauseSeconds: 60, packets: 3 },
  { name: 'handshake', kind: 'exchange', carrier: 'tcp', asks: ['node'], vias: ['x-try', 'crawler', 'handshake', 'push-proxy'],
    contents: [], maps: true, reaskSeconds: 1800, pauseSeconds: 60, packets: 4 },
  { name: 'ping', kind: 'exchange', carrier: 'udp', asks: ['node', 'udp-host-cache'], vias: ['packed-hosts', 'packed-host-caches', 'pong'],
    contents: [], maps: true, reaskSeconds: 1800, pauseSeconds: 60, packets: 2 },
  { name: 'cache', kind: 'index', carrier: 'tcp', asks: ['gwebcache'], vias: ['gwebcache'],
    contents: [], maps: true, reaskSeconds: 3600, pauseSeconds: 60, packets: 3 },
]

const NOBODY: Interview = { opened: (): Step => UNANSWERED, tick: (): Step => UNANSWERED }

function inquire(question: Question): Interview {
  const { channel, content } = question
  if (channel === 'alternates') {
    return /^urn:sha1:[A-Z2-7]{32}$/.test(content ?? '')
      ? new AlternatesInterview(question)
      : NOBODY
  }
  if (content !== undefined) return NOBODY
  if (channel === 'handshake') return new LinkInterview()
  return channel === 'ping' ? new PingInterview(question) : new CacheInterview(question)
}

function contentOf(hash: string): string | undefined {
  return /^[A-Z2-7]{32}$/.test(hash) ? `urn:sha1:${hash}` : undefined
}

export const crawler: CrawlerKind = { channels: CHANNELS, contentOf, inquire }
