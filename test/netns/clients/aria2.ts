/** aria2: a download program that speaks BitTorrent; it ends when it has its file. */
import { type Endpoint, endpointText } from '../../../src/core/address.ts'
import type { Host, Network } from '../network.ts'
import type { Program } from '../program.ts'
import type { Torrent } from './torrent.ts'

export interface Aria2Settings {
  readonly port: number
  /** Only RC4 from the first byte after the key exchange on. */
  readonly forceEncryption?: boolean
  /** The first node of the DHT that it asks. */
  readonly dhtEntry?: Endpoint
  /** What it has already, and gives until it is stopped. */
  readonly seeds?: Torrent
}

/** @param source  a torrent file or a magnet link */
export function startAria2(
  network: Network,
  host: Host,
  source: string,
  { port, forceEncryption = false, dhtEntry, seeds }: Aria2Settings,
): Program {
  const home = network.home(seeds && { [seeds.name]: seeds.content })
  // biome-ignore format: options with their reasons
  const args = [
    '--no-conf', `--dir=${home.path}`, `--listen-port=${port}`, `--dht-listen-port=${port}`,
    `--dht-file-path=${home.path}/dht.dat`, '--enable-dht6=false',
    '--summary-interval=1',
    ...(seeds === undefined ? ['--seed-time=0'] : ['--seed-ratio=0.0', '--check-integrity=true']),
    ...(forceEncryption
      ? ['--bt-require-crypto=true', '--bt-force-encryption=true', '--bt-min-crypto-level=arc4', '--enable-dht=false']
      : []),
    ...(dhtEntry === undefined ? [] : [`--dht-entry-point=${endpointText(dhtEntry)}`]),
    source,
  ]
  return host.start('aria2c', args, home)
}
