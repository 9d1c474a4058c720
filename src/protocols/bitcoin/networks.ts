/**
 * Who means which first four bytes. The families of block chains that descend from Bitcoin's program
 * begin every message with four bytes of their own, so that nodes of different chains part at once.
 *
 * Sources, by mark: C bitcoin/bitcoin src/kernel/chainparams.cpp; S BIP 325 (signet: the first bytes of
 * a hash of its challenge, so that others exist); T BIP 94 (testnet4); P each project's own
 * src/chainparams.cpp, as stored in public repositories; N Blockchain-Technology-Lab/
 * network-decentralization network_decentralization/constants.py; W Bitcoin wiki, Protocol
 * documentation. Small chains copied the values of bigger ones: then the name is the elder's.
 */

// biome-ignore format: a table
export const NETWORKS: ReadonlyMap<number, string> = new Map([
  [0xf9beb4d9, 'bitcoin'],              // C
  [0x0b110907, 'bitcoin-testnet3'],     // C
  [0x1c163f28, 'bitcoin-testnet4'],     // T C
  [0x0a03cf40, 'bitcoin-signet'],       // S C
  [0xfabfb5da, 'regtest'],              // C, and of most that descend
  [0xf9beb4fe, 'namecoin'],             // W
  [0xfbc0b6db, 'litecoin'],             // P N
  [0xfdd2c8f1, 'litecoin-testnet4'],    // P
  [0xc0c0c0c0, 'dogecoin'],             // P N
  [0xfcc1b7dc, 'dogecoin-testnet'],     // P
  [0xe3e1f3e8, 'bitcoin-cash'],         // P N, also Bitcoin SV
  [0xf4e5f3f4, 'bitcoin-cash-testnet'], // P
  [0x24e92764, 'zcash'],                // P N
  [0xfa1af9bf, 'zcash-testnet'],        // P
  [0xaae83f5f, 'zcash-regtest'],        // P
  [0xbf0c6bbd, 'dash'],                 // P
  [0xcee2caff, 'dash-testnet'],         // P
  [0xe1476d44, 'bitcoin-gold'],         // P
  [0xfac3b6da, 'digibyte'],             // P
  [0xe6e8e9e5, 'peercoin'],             // P
  [0xf9beb4d4, 'groestlcoin'],          // P
  [0x90c4fde9, 'pivx'],                 // P
  [0x5241564e, 'ravencoin'],            // P  the letters RAVN
  [0xf1cfa6d3, 'qtum'],                 // P
  [0xe3d9fef1, 'firo'],                 // P
  [0xf900b4d9, 'decred'],               // P  decred/dcrd wire/protocol.go
])

/** `bitcoin`, or `unknown` for four bytes that no row names. */
export function networkOf(magic: number): string {
  return NETWORKS.get(magic) ?? 'unknown'
}
