/** deluged: libtorrent-rasterbar behind a daemon of Python, told what to do by deluge-console. */
import type { Host, Network } from '../network.ts'
import { Client } from './client.ts'
import type { Torrent } from './torrent.ts'

const CONTROL_PORT = 58_846

export interface DelugeSettings {
  readonly port: number
  readonly encryption: 'clear' | 'forced'
}

/** As it numbers them: policies 0 forced, 1 enabled, 2 disabled; levels 0 handshake, 1 full, 2 either. */
const POLICY = { clear: 2, forced: 0 } as const
const LEVEL_FULL = 1

export class Deluge extends Client {
  static async start(
    network: Network,
    host: Host,
    { port, encryption }: DelugeSettings,
  ): Promise<Deluge> {
    // Two objects, one after the other: of the format, and of the settings.
    const config = [
      { file: 1, format: 1 },
      {
        listen_ports: [port, port],
        random_port: false,
        dht: false,
        lsd: false,
        upnp: false,
        natpmp: false,
        utpex: false,
        enc_in_policy: POLICY[encryption],
        enc_out_policy: POLICY[encryption],
        enc_level: LEVEL_FULL,
        new_release_check: false,
        allow_remote: false,
      },
    ]
    const home = network.home({
      'config/core.conf': config.map((part) => JSON.stringify(part)).join(''),
      'config/auth': 'localclient:secret:10\n',
      'files/keep': '',
    })
    host.start('deluged', ['-d', '-c', `${home.path}/config`], home)
    await network.until('deluged listens', 30, () => host.listens('tcp', CONTROL_PORT))
    return new Deluge(host, home)
  }

  async add({ file }: Torrent): Promise<void> {
    await this.#console(`add -p ${this.downloads} '${file}'`)
  }

  /** Of the torrent: state, peers, progress, as the console shows them. */
  async told({ infoHash }: Torrent): Promise<string> {
    return this.#console(`info --detailed ${infoHash}`)
  }

  #console(command: string): Promise<string> {
    return this.run('deluge-console', ['-c', `${this.folder}/config`, command])
  }
}
