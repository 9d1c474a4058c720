/**
 * The stage around a BitTorrent client that is examined.
 *
 *     tracker      names its marks, whoever speaks for the others, and who listens; where it has no marks,
 *                  the torrent has no tracker, and the router names them
 *     router       a node of the DHT; names its marks as peers of whatever it is asked for
 *     misleader    a node that names marks as nodes; those of them that are peers are nodes
 *     exchanger    a peer whose peer exchange names its marks
 *     guide        a peer that is a node as well: by it the client finds the DHT
 *     listener     a peer that tells nothing: what it is told, the client told of its own accord
 *     asker        asks the client, as a node, whom it knows
 *
 * The content lacks a piece everywhere and comes slowly, so that the client is neither done nor bored
 * before the end: aria2 leaves whom it wants nothing from after 30 s.
 */
import { type Endpoint, endpointText } from '../../core/address.ts'
import { bytesOf, concat } from '../../core/bytes.ts'
import type { Order, PeerFile } from '../../core/peer.ts'
import {
  type FedChannel,
  joins,
  MARK_GROUPS,
  type Player,
  player,
  type Scene,
  type Stage,
  type TaintKind,
} from '../../core/taint.ts'
import { bencode } from '../formats/bencode.ts'
import { contentOf } from './peer-node.ts'
import { torrentOfFile } from './peer-torrent.ts'
import { suspects } from './suspects.ts'

/** One that is only called, and by whom it is named at the tracker. */
const [TRACKER, ROUTER, MISLEADER, EXCHANGER, GUIDE, LISTENER, ASKER] = [0, 1, 2, 3, 4, 5, 6]
const TRACKER_PORT = 6969
const PORT = 6881
const WANTED: PeerFile = { name: 'taint.bin', size: 16_777_216, seed: 41 }
/** Nobody wants it: who announces it to the client is told of by nobody else. */
const OTHER: PeerFile = { name: 'other.bin', size: 32_768, seed: 43 }
const TORRENT_PATH = 'torrents/taint.torrent'

const TRICKLES = ['trickles']
const publish: Order = { do: 'publish', file: WANTED }

/** Named as sessions name how somebody was told. */
const fed: readonly FedChannel[] = [
  { name: 'tracker', groups: MARK_GROUPS },
  { name: 'pex', groups: MARK_GROUPS },
  { name: 'dht-values', groups: MARK_GROUPS },
  // A node takes no connections.
  { name: 'dht-nodes', groups: ['silent', 'peer'] },
  { name: 'dht-announce', groups: ['peer'] },
]

export const taint: TaintKind = {
  fed,
  told: ['pex', 'dht-values', 'dht-nodes'],
  stage,
  clients: suspects,
}

function stage(scene: Scene): Stage {
  const at = (number: number, port = PORT): Endpoint => ({ ip: scene.own(number), port })
  const tracker = at(TRACKER, TRACKER_PORT)
  const router = at(ROUTER)
  const all = (channel: string): Endpoint[] =>
    MARK_GROUPS.flatMap((group) => [...scene.marks(channel, group)])
  const torrent = torrentOfFile(WANTED)
  const asked: Order = { do: 'fetch', name: WANTED.name, content: contentOf(torrent.infoHash) }
  const other = contentOf(torrentOfFile(OTHER).infoHash)
  const announce = `http://${endpointText(tracker)}/announce`
  const tracked = all('tracker')
  // A client that a tracker satisfies may never ask the DHT who takes part.
  const isTracked = tracked.length > 0
  const around = [at(EXCHANGER), at(GUIDE), at(LISTENER)]
  const players: Player[] = [
    player(tracker, 'tracker', ['injects'], joins([...tracked, ...around])),
    player(
      router,
      'dht-node',
      ['injects'],
      joins([at(GUIDE), ...(isTracked ? [] : around), ...all('dht-values')]),
    ),
    ...scene
      .marks('dht-nodes', 'peer')
      .map((mark) => player(mark, 'dht-node', [], joins([router]))),
    player(
      at(MISLEADER),
      'dht-node',
      ['injects-nodes'],
      joins([router, ...scene.marks('dht-nodes', 'silent')]),
    ),
    player(at(GUIDE), 'dht-peer', TRICKLES, [...joins([router]), publish]),
    player(at(EXCHANGER), 'quiet-peer', ['trickles', 'injects'], [publish, ...joins(all('pex'))]),
    player(at(LISTENER), 'quiet-peer', TRICKLES, [publish]),
    ...['tracker', 'pex', 'dht-values'].flatMap((channel) =>
      scene.marks(channel, 'peer').map((mark) => player(mark, 'quiet-peer', TRICKLES, [publish])),
    ),
    ...scene.marks('dht-announce', 'peer').map((mark) => {
      return player(
        mark,
        'dht-asker',
        [],
        [{ do: 'publish', file: OTHER }, ...joins([scene.suspect])],
      )
    }),
    player(
      at(ASKER),
      'dht-asker',
      [],
      [asked, { ...asked, content: other }, ...joins([scene.suspect])],
    ),
  ]
  return {
    players,
    words: {
      torrent: `{folder}/${TORRENT_PATH}`,
      torrents: '{folder}/torrents',
      magnet: magnetOf(torrent.infoHash, isTracked ? announce : undefined),
      tracker: announce,
      dht: endpointText(router),
      'dht-ip': router.ip,
      'dht-port': String(router.port),
    },
    files: { [TORRENT_PATH]: torrentFile(isTracked ? announce : undefined, torrent.info) },
  }
}

/** The info dictionary as it is, byte for byte: the hash is taken of it. Keys in order: BEP 3. */
function torrentFile(announce: string | undefined, info: Uint8Array): Uint8Array {
  const tracker = announce === undefined ? [] : [bytesOf('8:announce'), bencode(bytesOf(announce))]
  return concat(bytesOf('d'), ...tracker, bytesOf('4:info'), info, bytesOf('e'))
}

function magnetOf(infoHash: string, announce: string | undefined): string {
  const tracker = announce === undefined ? '' : `&tr=${encodeURIComponent(announce)}`
  return `magnet:?xt=${contentOf(infoHash)}${tracker}`
}
