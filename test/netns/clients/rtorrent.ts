/** rtorrent: a BitTorrent client on another library than the rest. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Host, Network } from '../network.ts'
import type { Torrent } from './torrent.ts'

export interface RtorrentSettings {
  readonly port: number
  /** `none`, or words such as `allow_incoming,try_outgoing,require,require_RC4`. */
  readonly encryption: string
}

export class Rtorrent {
  readonly #network: Network
  readonly #file: string
  readonly #content: Uint8Array

  private constructor(network: Network, file: string, content: Uint8Array) {
    this.#network = network
    this.#file = file
    this.#content = content
  }

  static start(
    network: Network,
    host: Host,
    { file, name, content }: Torrent,
    { port, encryption }: RtorrentSettings,
  ): Rtorrent {
    const home = network.home({
      '.rtorrent.rc': [
        'system.daemon.set = true',
        'directory.default.set = .',
        `network.port_range.set = ${port}-${port}`,
        `protocol.encryption.set = ${encryption}`,
        'dht.mode.set = disable',
        'protocol.pex.set = no',
        `load.start = "${file}"`,
        '',
      ].join('\n'),
    })
    host.start('rtorrent', [], home)
    return new Rtorrent(network, join(home.path, name), content)
  }

  /** Until it has the file. */
  async isDone(seconds: number): Promise<void> {
    await this.#network.until('rtorrent has all of it', seconds, () => {
      // The file has its size from the start; only its content tells.
      return existsSync(this.#file) && readFileSync(this.#file).equals(this.#content)
    })
  }
}
