/**
 * Who is in a swarm, and who said so: asked of trackers, of nodes of the DHT, and of peers.
 *
 *     channel      asks       says
 *     tracker      tracker    announcement of nobody: port 0, then "stopped"    crawler-tracker.ts
 *     tracker-udp  tracker    the same, BEP 15                                  crawler-tracker-udp.ts
 *     dht          dht        get_peers; without a content find_node            crawler-dht.ts
 *     pex          peer       handshake, extended handshake, and waits          crawler-peer.ts
 *
 * Never `announce_peer`, never a port where anybody could be found, never "interested" or a request.
 * Re-ask times: trackers commonly give half an hour as their interval; BEP 5 calls a node questionable
 * after 15 minutes; peers tell each other of changes once a minute, and a caller who comes again and
 * again is taken for an attack, so ten minutes.
 */
import { fromHex } from '../../core/bytes.ts'
import type { Channel, CrawlerKind, Interview, Question } from '../../core/crawler.ts'
import { parseUrn } from '../formats/urn.ts'
import { DhtInterview, distanceOf } from './crawler-dht.ts'
import { NobodysInterview } from './crawler-nobody.ts'
import { PeerInterview } from './crawler-peer.ts'
import { HttpTrackerInterview } from './crawler-tracker.ts'
import { UdpTrackerInterview } from './crawler-tracker-udp.ts'

const PREFIX = 'urn:btih:'

// biome-ignore format: a table
const CHANNELS: readonly Channel[] = [
  { name: 'tracker', kind: 'index', carrier: 'tcp', asks: ['tracker'], vias: ['tracker'],
    contents: [PREFIX], reaskSeconds: 1800, pauseSeconds: 5, packets: 4 },
  { name: 'tracker-udp', kind: 'index', carrier: 'udp', asks: ['tracker'], vias: ['tracker'],
    contents: [PREFIX], reaskSeconds: 1800, pauseSeconds: 5, packets: 3 },
  { name: 'dht', kind: 'dht', carrier: 'udp', asks: ['dht'], vias: ['dht-values', 'dht-nodes'],
    contents: [PREFIX], maps: true, reaskSeconds: 900, pauseSeconds: 1, packets: 1,
    near: { width: 16, distance: distanceOf } },
  { name: 'pex', kind: 'exchange', carrier: 'tcp', asks: ['peer'], vias: ['pex'],
    contents: [PREFIX], reaskSeconds: 600, pauseSeconds: 10, packets: 4 },
]

function inquire(question: Question): Interview {
  const infoHash = infoHashOf(question.content)
  if (question.channel === 'dht') return new DhtInterview(question, infoHash)
  if (infoHash === undefined) return new NobodysInterview()
  if (question.channel === 'tracker') return new HttpTrackerInterview(question, infoHash)
  if (question.channel === 'tracker-udp') return new UdpTrackerInterview(question, infoHash)
  return new PeerInterview(question, infoHash)
}

function infoHashOf(content: string | undefined): Uint8Array | undefined {
  const digits = /^urn:btih:([0-9a-f]{40})$/.exec(content ?? '')?.[1]
  return digits === undefined ? undefined : fromHex(digits)
}

/** A hash in hexadecimal digits; a URN or a magnet link, whose hash may be in base 32 (BEP 9). */
function contentOf(text: string): string | undefined {
  if (/^[0-9a-f]{40}$/i.test(text)) return `${PREFIX}${text.toLowerCase()}`
  const urn = /^(?:magnet:\?(?:.*&)?xt=)?(urn:btih:[^&]+)/i.exec(text)?.[1]
  return urn && parseUrn(urn)?.urn
}

export const crawler: CrawlerKind = { channels: CHANNELS, contentOf, inquire }
