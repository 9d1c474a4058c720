/** aria2: a download program that speaks BitTorrent; it ends when it has its file. */
import type { Host, Network } from '../network.ts'
import type { Program } from '../program.ts'

export interface Aria2Settings {
  readonly port: number
  /** Only RC4 from the first byte after the key exchange on. */
  readonly forceEncryption?: boolean
}

/** @param source  a torrent file or a magnet link */
export function startAria2(
  network: Network,
  host: Host,
  source: string,
  { port, forceEncryption = false }: Aria2Settings,
): Program {
  const home = network.home()
  // biome-ignore format: options with their reasons
  const args = [
    '--no-conf', `--dir=${home.path}`, `--listen-port=${port}`, `--dht-listen-port=${port}`,
    `--dht-file-path=${home.path}/dht.dat`, '--enable-dht6=false',
    '--seed-time=0', '--summary-interval=1',
    ...(forceEncryption
      ? ['--bt-require-crypto=true', '--bt-force-encryption=true', '--bt-min-crypto-level=arc4', '--enable-dht=false']
      : []),
    source,
  ]
  return host.start('aria2c', args, home)
}
