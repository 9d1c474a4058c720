/** A link of hosts that are one octet apart, as most scenes with dark addresses are laid. */
import type { TestContext } from 'node:test'
import { type Bridge, type Host, Network } from './network.ts'

/** RFC 5737: for documentation. */
export const LAN = '198.51.100.0/24'

export class Lan {
  readonly network: Network
  readonly bridge: Bridge

  private constructor(network: Network) {
    this.network = network
    this.bridge = network.bridge('lan')
  }

  /** It goes with the test. */
  static open(test: TestContext): Lan {
    const network = Network.open()
    test.after(() => network.close())
    return new Lan(network)
  }

  /** @param last  octet of its address */
  host(name: string, last: number): Host {
    return this.network.host(name, [this.bridge, LAN.replace('0/', `${last}/`)])
  }
}
