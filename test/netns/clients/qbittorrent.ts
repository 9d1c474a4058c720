/** qbittorrent-nox: libtorrent-rasterbar behind an HTTP interface, by which it is told what to do. */
import type { Host, Network } from '../network.ts'
import { Client, downloaded, type Files } from './client.ts'
import type { Torrent } from './torrent.ts'

const CONTROL_PORT = 8090

/** As it numbers them. */
const ENCRYPTION = { either: 0, forced: 1, clear: 2 } as const
const CARRIER = { both: 'Both', tcp: 'TCP', utp: 'UTP' } as const

export interface QbittorrentSettings {
  readonly port: number
  /** `clear` takes no encrypted peer, `forced` no other. */
  readonly encryption: keyof typeof ENCRYPTION
  readonly carrier?: 'tcp' | 'utp' | 'both'
  /** Lists of peers from peers. */
  readonly exchange?: boolean
}

export class Qbittorrent extends Client {
  /** @param files  what lies in its download folder already */
  static async start(
    network: Network,
    host: Host,
    { port, encryption, carrier = 'both', exchange = false }: QbittorrentSettings,
    files: Files = {},
  ): Promise<Qbittorrent> {
    const home = network.home({
      ...downloaded(files),
      'files/keep': '',
      'qBittorrent/config/qBittorrent.conf': [
        '[LegalNotice]',
        'Accepted=true',
        '[Preferences]',
        'WebUI\\LocalHostAuth=false',
        'WebUI\\Address=127.0.0.1',
        '[Network]',
        'PortForwardingEnabled=false',
        '[BitTorrent]',
        `Session\\Port=${port}`,
        `Session\\Encryption=${ENCRYPTION[encryption]}`,
        `Session\\BTProtocol=${CARRIER[carrier]}`,
        'Session\\DHTEnabled=false',
        'Session\\LSDEnabled=false',
        `Session\\PeXEnabled=${exchange}`,
        '',
      ].join('\n'),
    })
    host.start('qbittorrent-nox', [`--profile=${home.path}`, `--webui-port=${CONTROL_PORT}`], home)
    await network.until('qbittorrent listens', 20, () => host.listens('tcp', CONTROL_PORT))
    return new Qbittorrent(host, home)
  }

  async add({ file }: Torrent): Promise<void> {
    await this.#call('add', ['-F', `torrents=@${file}`, '-F', `savepath=${this.downloads}`])
  }

  /** So many bytes a second at most. */
  async limit({ infoHash }: Torrent, bytes: number): Promise<void> {
    await this.#call('setDownloadLimit', ['-d', `hashes=${infoHash}`, '-d', `limit=${bytes}`])
  }

  /** @param peers  addresses with ports, IPv6 in brackets */
  async addPeers({ infoHash }: Torrent, peers: readonly string[]): Promise<void> {
    await this.#call('addPeers', ['-d', `hashes=${infoHash}`, '-d', `peers=${peers.join('|')}`])
  }

  /** What it says of the torrent. */
  async told({ infoHash }: Torrent): Promise<Told> {
    const text = await this.#call(`info?hashes=${infoHash}`, [])
    const [info] = JSON.parse(text) as (Told | undefined)[]
    return info ?? { progress: 0, num_seeds: 0, num_complete: -1 }
  }

  async #call(method: string, args: readonly string[]): Promise<string> {
    const url = `http://127.0.0.1:${CONTROL_PORT}/api/v2/torrents/${method}`
    return this.run('curl', ['-sSf', '-m', '5', ...args, url])
  }
}

/** Some of what its interface tells, by its names. */
export interface Told {
  /** From 0 to 1. */
  readonly progress: number
  /** Those it is connected with. */
  readonly num_seeds: number
  /** Those that its tracker knows; -1 before it answered. */
  readonly num_complete: number
}
