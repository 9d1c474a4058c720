/** What passes on a bridge, as tcpdump writes it. */
import type { Bridge, Network } from './network.ts'
import type { Program } from './program.ts'

export class Capture {
  readonly file: string
  readonly #tcpdump: Program

  private constructor(file: string, tcpdump: Program) {
    this.file = file
    this.#tcpdump = tcpdump
  }

  /** From when this is fulfilled, nothing on the bridge is missed. */
  static async start(network: Network, bridge: Bridge, file: string): Promise<Capture> {
    // biome-ignore format: options with their values
    const tcpdump = network.start(bridge.namespace, 'tcpdump', [
      '-i', 'br0', '-s', '262144', '-B', '65536', '-U', '--immediate-mode', '-Z', 'root', '-w', file,
    ])
    await network.until('tcpdump listens', 10, () => tcpdump.output.includes('listening on'))
    return new Capture(file, tcpdump)
  }

  /** @throws if the kernel dropped packets: such a capture proves nothing */
  async stop(): Promise<void> {
    await this.#tcpdump.stop('SIGINT')
    const dropped = /(\d+) packets? dropped by kernel/.exec(this.#tcpdump.output)?.[1]
    if (dropped !== '0') throw new Error(`the capture is not whole: ${this.#tcpdump.output}`)
  }
}
