/** transmission-daemon: a BitTorrent client, told what to do over its own remote control. */
import type { Endpoint } from '../../../src/core/address.ts'
import type { Home, Host, Network } from '../network.ts'
import { Client, downloaded, type Files } from './client.ts'
import type { Torrent } from './torrent.ts'

export interface TransmissionSettings {
  readonly port: number
  /** 0 prefers clear, 1 prefers encrypted, 2 wants encrypted. */
  readonly encryption: 0 | 1 | 2
  /** DHT, uTP, peer exchange and local discovery; or the DHT alone. */
  readonly extras: boolean | 'dht'
  /** The first node of the DHT that it asks. */
  readonly dhtEntry?: Endpoint
}

export class Transmission extends Client {
  readonly port: number
  readonly #network: Network

  private constructor(network: Network, host: Host, port: number, home: Home) {
    super(host, home)
    this.#network = network
    this.port = port
  }

  /** @param files  what lies in its download folder already */
  static async start(
    network: Network,
    host: Host,
    { port, encryption, extras, dhtEntry }: TransmissionSettings,
    files: Files = {},
  ): Promise<Transmission> {
    const home = network.home({
      ...downloaded(files),
      ...(dhtEntry && { 'dht.bootstrap': `${dhtEntry.ip} ${dhtEntry.port}\n` }),
      'settings.json': JSON.stringify({
        'peer-port': port,
        encryption,
        'dht-enabled': extras !== false,
        'utp-enabled': extras === true,
        'pex-enabled': extras === true,
        'lpd-enabled': extras === true,
        'port-forwarding-enabled': false,
        'rpc-whitelist-enabled': false,
      }),
    })
    host.start('transmission-daemon', ['-f', '-g', home.path], home)
    const client = new Transmission(network, host, port, home)
    await network.until('transmission listens', 20, () => host.listens('tcp', 9091))
    return client
  }

  /** @param source  a torrent file or a magnet link */
  async add(source: string): Promise<void> {
    await this.#remote('-w', this.downloads, '-a', source)
  }

  /** Until it has all of the torrent, which for a seed means that it has checked its file. */
  async has({ infoHash }: Torrent, seconds: number): Promise<void> {
    await this.#network.until(`${this.host.name} has all of it`, seconds, async () => {
      const told = await this.#remote('-t', infoHash, '-i')
      return /Percent Done: 100%/.test(told) && !/State: Verifying|Will Verify/.test(told)
    })
  }

  /** Until its tracker knows it: who asks the tracker from then on is told of it. */
  async isAnnounced({ infoHash }: Pick<Torrent, 'infoHash'>, seconds: number): Promise<void> {
    await this.#network.until(`the tracker knows ${this.host.name}`, seconds, async () =>
      (await this.#remote('-t', infoHash, '-it')).includes('Got a list of'),
    )
  }

  /** How much of the torrent it has, in percent. */
  async percent({ infoHash }: Torrent): Promise<number> {
    const told = await this.#remote('-t', infoHash, '-i')
    return Number(/Percent Done: ([\d.]+)%/.exec(told)?.[1] ?? 0)
  }

  /** It keeps in mind what it has and whom it knows. */
  async pause({ infoHash }: Torrent): Promise<void> {
    await this.#remote('-t', infoHash, '--stop')
  }

  async resume({ infoHash }: Torrent): Promise<void> {
    await this.#remote('-t', infoHash, '--start')
  }

  async #remote(...args: readonly string[]): Promise<string> {
    return this.run('transmission-remote', ['127.0.0.1:9091', ...args])
  }
}
