/** A torrent of one file made by transmission-create, with what a test may expect to be told of it. */
import { randomBytes } from 'node:crypto'
import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import type { Host, Network } from '../network.ts'

export interface Torrent {
  /** The .torrent file, readable by every program of the network. */
  readonly file: string
  readonly name: string
  readonly content: Uint8Array
  readonly infoHash: string
  readonly magnet: string
}

export async function makeTorrent(
  network: Network,
  host: Host,
  name: string,
  bytes: number,
  trackers: readonly string[],
): Promise<Torrent> {
  const content = randomBytes(bytes)
  const home = network.home({ [name]: content })
  const file = join(home.path, `${name}.torrent`)
  const announces = trackers.flatMap((tracker) => ['-t', tracker])
  const made = ['-s', '32', '-o', file, ...announces, join(home.path, name)]
  await host.run('transmission-create', made, home)
  chmodSync(file, 0o644)
  const shown = await host.run('transmission-show', [file], home)
  const infoHash = /Hash: ([0-9a-f]{40})/.exec(shown)![1]!
  const asked = trackers.map((tracker) => `&tr=${encodeURIComponent(tracker)}`).join('')
  return { file, name, content, infoHash, magnet: `magnet:?xt=urn:btih:${infoHash}${asked}` }
}
