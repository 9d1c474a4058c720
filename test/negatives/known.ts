/**
 * Fixtures and specimens that are what a card names: neighbours and overlays have cards of their own.
 * Nothing else may be said of them.
 */

interface Known {
  /** `family part`, as flows are named. */
  readonly names: readonly string[]
  readonly why: string
}

export const KNOWN_FIXTURES: Readonly<Record<string, Known>> = {
  'n2n.pcap': { names: ['n2n edge'], why: 'n2n itself, in the clear' },
  'tinc.pcap': {
    names: ['tinc meta', 'tinc tunnel'],
    why: 'tinc itself, and its sealed datagrams',
  },
  'wireguard.pcap': { names: ['wireguard tunnel'], why: 'WireGuard itself' },
}

/**
 * Flows of these fixtures that are sealed from their first byte on, so that another family's claim
 * of the endpoint cannot be refuted: sealed datagrams of tinc are chance to everybody else.
 */
export const SEALED_FIXTURES: Readonly<Record<string, 'UDP' | 'TCP'>> = { 'tinc.pcap': 'UDP' }

export const KNOWN_SPECIMENS: Readonly<Record<string, Known>> = {
  'udp: Tailscale': { names: ['tailscale node'], why: 'its disco messages, in the clear' },
  'tcp: NTCP2': {
    names: ['i2p ntcp2'],
    why: 'I2P itself; its handshake shows in sizes alone, so unsure, or likely where claimed',
  },
}

export function isKnown(known: Known | undefined, family: string, part: string): boolean {
  return known?.names.includes(`${family} ${part}`) === true
}
