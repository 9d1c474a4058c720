/**
 * Whether a request asks a web seed, and for what.
 * Source: BEP 17 (info_hash, piece, ranges), BEP 19 (plain ranges; told by the client's name alone);
 * `/webseed?info_hash=` and BitComet's `/data?fid=`: ntop/nDPI src/lib/protocols/bittorrent.c.
 */
import { bytesOf } from '../../core/bytes.ts'
import {
  type HttpHead,
  header,
  percentDecoded,
  type RequestLine,
  textOf,
} from '../formats/http-head.ts'
import { httpTrackerRequestWire } from './wire/http-tracker.ts'

export interface WebSeedRequest {
  /** How it was told: by its query (BEP 17, BitComet), or by who asks for a range (BEP 19). */
  readonly told: 'query' | 'agent'
  readonly infoHash?: Uint8Array
  readonly piece?: number
  /** `bytes=0-16383`, or BEP 17's `0-16383,32768-49151`. */
  readonly range?: string
  /** Last segment of the path. */
  readonly name?: string
}

/** Programs that fetch nothing by ranges but contents. A download manager (aria2) is none of them. */
const AGENTS =
  /^(?:libtorrent|Transmission|qBittorrent|Deluge|uTorrent|µTorrent|BitTorrent|rtorrent|Azureus|Vuze|BiglyBT|KTorrent|Tixati|BitComet|webtorrent)[ /]/i

/** Whether a User-Agent is one of these. */
export function isContentAgent(agent: string): boolean {
  return AGENTS.test(agent)
}

export function webSeedRequestOf(
  head: Pick<HttpHead, 'headers'>,
  request: RequestLine,
): WebSeedRequest | undefined {
  if (request.method !== 'GET') return undefined
  const outcome = httpTrackerRequestWire.parse(bytesOf(request.target), 0)
  if (outcome.kind === 'message') {
    const { pairs, infoHashes, path, peerId } = outcome.message
    const value = (name: string) => pairs.find(([key]) => key === name)?.[1]
    const piece = value('piece')
    const ranges = value('ranges')
    const seeds = piece !== undefined || /\/webseed$/i.test(path)
    const [infoHash] = infoHashes
    if (!seeds || infoHash === undefined || peerId !== undefined) return undefined
    return {
      told: 'query',
      infoHash,
      ...(piece !== undefined && /^\d{1,9}$/.test(piece) ? { piece: Number(piece) } : {}),
      ...(ranges === undefined ? {} : { range: ranges }),
    }
  }
  const range = header(head, 'range')
  // nDPI wants `&size=` where 40 digits end: a site's own /data?fid=12 is none.
  if (/^\/data\?fid=[0-9a-f]{40}&size=\d+/i.test(request.target)) return { told: 'query' }
  const agent = textOf(header(head, 'user-agent') ?? '')
  if (range === undefined || !/^bytes=\d/.test(range) || !AGENTS.test(agent)) return undefined
  const path = request.target.replace(/\?.*$/, '')
  const name = textOf(percentDecoded(path.slice(path.lastIndexOf('/') + 1)))
  return name === '' ? { told: 'agent', range } : { told: 'agent', range, name }
}
