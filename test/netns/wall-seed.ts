/** A seed in the world beside its tracker, for tests of the wall. */
import { startOpentracker, TRACKER_PORT } from './clients/opentracker.ts'
import { makeTorrent, type Torrent } from './clients/torrent.ts'
import { Transmission } from './clients/transmission.ts'
import type { Host } from './network.ts'
import { heard, type WallProgram, type WallSite } from './wall-site.ts'

// biome-ignore format: a list
export const SEEDING_PROGRAMS = [
  'opentracker', 'transmission-daemon', 'transmission-remote', 'transmission-create',
] as const

export const SEED_PORT = 45_501

/** The tracker may be asked: what is blocked is what passes between peers. */
export const TRACKERS_ALLOWED = {
  rules: [
    { name: 'trackers', what: { part: ['tracker-http', 'tracker-udp'] }, do: 'permit' },
    { name: 'peers', do: 'block reset' },
  ],
}

/** A block of content with its head, as all clients ask for it. */
export const BLOCK_BYTES = 16_384 + 13

/** A key exchange of MSE: 96 bytes and at most 512 of padding, each way. */
export const KEY_EXCHANGE_BYTES_MAX = 96 + 512

/** A host by one of its addresses. */
type Addressed = Pick<Host, 'ip'>

export interface Seeding {
  readonly world: Host
  readonly torrent: Torrent
}

export async function seeding(
  site: WallSite,
  { encryption, bytes = 2_000_000 }: { readonly encryption: 0 | 2; readonly bytes?: number },
): Promise<Seeding> {
  const { network } = site
  const world = await site.host('seed', 'world')
  const place = `${world.ip}:${TRACKER_PORT}/announce`
  const torrent = await makeTorrent(network, world, 'tall tales.flac', bytes, [`http://${place}`])
  await startOpentracker(network, world, [torrent.infoHash])
  const content = { [torrent.name]: torrent.content }
  const settings = { port: SEED_PORT, encryption, extras: true } as const
  const seed = await Transmission.start(network, world, settings, content)
  await seed.add(torrent.file)
  await seed.has(torrent, 30)
  await seed.isAnnounced(torrent, 15)
  return { world, torrent }
}

/** So many bytes of payload came to a host of ours from the seed's port. */
export function gotFromSeed(file: string, { ip }: Addressed): number {
  const ports = `tcp.srcport == ${SEED_PORT} or udp.srcport == ${SEED_PORT}`
  const field = ip.includes(':') ? 'ipv6.dst' : 'ip.dst'
  return heard(file, `${field} == ${ip} and (${ports})`).payloadBytes
}

/** What was blocked of a host, as part of the protocol. */
export function blocked(wall: WallProgram, host: Addressed): string[] {
  return wall
    .decisions()
    .filter((decision) => decision.host === host.ip && decision.action === 'block')
    .map(({ part }) => part!)
}
