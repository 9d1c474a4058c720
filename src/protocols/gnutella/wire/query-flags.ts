/**
 * The two flag bytes of a query, once its minimum speed. Source: doc/gnutella/min_speed and
 * doc/gnutella/udp_transceiver section 3 of gtk-gnutella.
 */
import { bits } from '../../../core/bytes.ts'

// biome-ignore format: a table
const FLAGS = [
  [0x4000, 'firewalled'],     // requester cannot be called
  [0x2000, 'xml'],            // wants metadata
  [0x1000, 'leaf-guided'],    // doc/gnutella/leaf_guided_queries
  [0x0800, 'ggep-hash'],      // reads GGEP "H"
  [0x0400, 'out-of-band'],    // hits to the address in the GUID, over UDP
  [0x0200, 'firewall-to-firewall'],
  [0x0100, 'semi-reliable-udp'],
] as const

/** Names of the flags that are set; none where the field holds an old minimum speed. */
export function queryFlags(flags: number): string[] {
  if (!isMarked(flags)) return []
  return FLAGS.filter(([flag]) => bits(flags, Math.log2(flag), 1) === 1).map(([, name]) => name)
}

/** The highest bit says that the others are flags. */
function isMarked(flags: number): boolean {
  return bits(flags, 15, 1) === 1
}

export function wantsOutOfBand(flags: number): boolean {
  return isMarked(flags) && bits(flags, 10, 1) === 1
}
