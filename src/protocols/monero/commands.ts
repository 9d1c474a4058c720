/**
 * Commands by number.
 * Source: monero-project/monero src/p2p/p2p_protocol_defs.h (1000 …),
 * src/cryptonote_protocol/cryptonote_protocol_defs.h (2000 …).
 */
export const COMMANDS: Readonly<Record<number, string>> = {
  1001: 'handshake',
  1002: 'timed-sync',
  1003: 'ping',
  1004: 'stat-info',
  1005: 'network-state',
  1006: 'peer-id',
  1007: 'support-flags',
  2001: 'new-block',
  2002: 'new-transactions',
  2003: 'request-objects',
  2004: 'objects',
  2006: 'request-chain',
  2007: 'chain-entry',
  2008: 'new-fluffy-block',
  2009: 'request-fluffy-missing',
  2010: 'pool-complement',
}

/** From here on the chain itself is moved: passed over, whatever its length. */
export const CHAIN_FROM = 2000
export const CHAIN_TO = 2999

/** Which of the two networks that share a program a node is in: network ids of src/cryptonote_config.h. */
export const NETWORKS: Readonly<Record<string, string>> = {
  '1230f171610441611731008216a1a110': 'monero',
  '1230f171610441611731008216a1a111': 'monero-testnet',
  '1230f171610441611731008216a1a112': 'monero-stagenet',
}
