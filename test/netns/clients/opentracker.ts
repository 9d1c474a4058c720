/** opentracker: BitTorrent tracker over HTTP and UDP on one port. */
import type { Host, Network } from '../network.ts'

export const TRACKER_PORT = 6969

/** @param infoHashes  the torrents it serves; Debian's build serves no others */
export async function startOpentracker(
  network: Network,
  host: Host,
  infoHashes: readonly string[],
): Promise<void> {
  const home = network.home({ whitelist: `${infoHashes.join('\n')}\n` })
  const port = String(TRACKER_PORT)
  // It changes its root to the folder it is given, so that the list is named from there.
  const args = ['-i', host.ip, '-p', port, '-P', port, '-d', home.path, '-w', 'whitelist']
  host.start('opentracker', args, home)
  await network.until('the tracker listens', 10, () => host.listens('tcp', TRACKER_PORT))
}
