/**
 * The stage around an eDonkey client that is examined.
 *
 *     server       names its marks as sources of whatever it is asked for
 *     exchanger    a client whose source exchange names its marks; the server names it
 *     index        a node of Kad that names its marks as sources
 *     misleader    a node of Kad that names marks as nodes
 *     askers       clients who ask the suspect for sources, one after the other, since it answers each but
 *                  once; and one who asks its node of Kad
 *
 * Marks that are peers have a part of the file and let the suspect wait: nothing is ever transferred.
 */
import { type Endpoint, endpointText } from '../../core/address.ts'
import { ByteWriter, concat, fromHex } from '../../core/bytes.ts'
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
import { userHashOf } from './peer-holder.ts'
import { contactOf } from './peer-kad.ts'
import { contentOf, PART_BYTES, Shares } from './peer-shares.ts'
import { suspects } from './suspects.ts'
import { contact, type KadContact } from './wire/kad.ts'

const [SERVER, EXCHANGER, INDEX, MISLEADER, KAD_ASKER, FIRST_ASKER] = [0, 1, 2, 3, 4, 5]
const SERVER_PORT = 4661
const PORT = 4662
const KAD_PORT = 4672
/** Where the suspect's node listens, from its port for clients. */
const KAD_PORT_FROM_TCP = 10
/** Of two parts, so that who has the first is no complete source: only such are asked for others. */
const WANTED: PeerFile = { name: 'taint.bin', size: PART_BYTES + 200_000, seed: 47 }
/** When askers come, in seconds from the suspect's beginning. */
const ASKED_AT = [20, 40, 60, 90, 120, 180, 240, 300, 420, 540]

const publish: Order = { do: 'publish', file: WANTED }

/** Named as sessions name how somebody was told. */
const fed: readonly FedChannel[] = [
  { name: 'server-sources', groups: MARK_GROUPS },
  { name: 'source-exchange', groups: MARK_GROUPS },
  { name: 'kad-source', groups: MARK_GROUPS },
  { name: 'kad-contacts', groups: ['silent', 'peer'] },
]

export const taint: TaintKind = {
  fed,
  told: ['source-exchange', 'kad-source', 'kad-contacts'],
  stage,
  clients: suspects,
}

function stage(scene: Scene): Stage {
  const at = (number: number, port = PORT): Endpoint => ({ ip: scene.own(number), port })
  const all = (channel: string): Endpoint[] =>
    MARK_GROUPS.flatMap((group) => [...scene.marks(channel, group)])
  const shared = new Shares().add(WANTED)!
  const asked: Order = { do: 'fetch', name: WANTED.name, content: contentOf(shared.hash) }
  const server = at(SERVER, SERVER_PORT)
  const index = at(INDEX, KAD_PORT)
  const misleader = at(MISLEADER, KAD_PORT)
  const { suspect } = scene
  const node = { ...suspect, port: suspect.port + KAD_PORT_FROM_TCP }
  const sources = ['server-sources', 'source-exchange', 'kad-source']
  const players: Player[] = [
    player(server, 'server', ['injects'], joins([at(EXCHANGER), ...all('server-sources')])),
    player(at(EXCHANGER), 'holder', ['injects'], [publish, ...joins(all('source-exchange'))]),
    player(index, 'kad-node', ['injects'], [publish, ...joins(all('kad-source'))]),
    player(misleader, 'kad-node', [], joins(all('kad-contacts'))),
    ...scene.marks('kad-contacts', 'peer').map((mark) => player(mark, 'kad-node', [], [])),
    ...sources.flatMap((channel) =>
      scene.marks(channel, 'peer').map((mark) => player(mark, 'holder', [], [publish])),
    ),
    {
      ...player(at(KAD_ASKER, KAD_PORT), 'kad-asker', [], [asked, ...joins([node])]),
      after: ASKED_AT[0]!,
    },
    ...ASKED_AT.map((after, i) => {
      return { ...player(at(FIRST_ASKER + i), 'asker', [], [asked, ...joins([suspect])]), after }
    }),
  ]
  return {
    players,
    words: {
      link: `ed2k://|file|${WANTED.name}|${WANTED.size}|${shared.hash.toUpperCase()}|/`,
      server: `ed2k://|server|${server.ip}|${server.port}|/`,
      'server-at': endpointText(server),
      'kad-port': String(node.port),
    },
    files: {
      'nodes.dat': nodesFile([contactOf(index, shared.hash), contactOf(misleader)]),
      'preferences.dat': concat(Uint8Array.of(0x14), fromHex(userHashOf(suspect.ip))),
    },
  }
}

/** nodes.dat, version 2: 0, version, count; contacts, each with a key of 8 bytes (none) and whether it is verified. */
function nodesFile(nodes: readonly KadContact[]): Uint8Array {
  const to = new ByteWriter().u32le(0).u32le(2).u32le(nodes.length)
  for (const node of nodes) {
    contact.write(to, node)
    to.u32le(0).u32le(0).u8(1)
  }
  return to.finish()
}
